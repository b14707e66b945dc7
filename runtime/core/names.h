// Interned event types: one address and one small number for each text.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/mutex.h"

namespace hark::core {

struct Name {
  std::string text;
  std::uint32_t id;  // from 1
};

// Grows only, and only to `limit` names: past that intern() answers nullptr and the text travels with the event.
// Thread: any (callers on hot paths keep the answer).
class Names {
 public:
  static constexpr std::size_t limit = 64 * 1024;

  const Name* intern(std::string_view text) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::deque<Name> names_ GUARDED_BY(mutex_);  // a deque: addresses hold
  std::unordered_map<std::string_view, const Name*> by_text_ GUARDED_BY(mutex_);
};

}  // namespace hark::core
