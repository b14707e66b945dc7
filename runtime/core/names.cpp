#include "core/names.h"

namespace hark::core {

const Name* Names::intern(std::string_view text) {
  Lock lock(mutex_);
  if (const auto found = by_text_.find(text); found != by_text_.end()) return found->second;
  if (names_.size() == limit) return nullptr;
  const Name& name = names_.emplace_back(std::string(text), static_cast<std::uint32_t>(names_.size() + 1));
  by_text_.emplace(name.text, &name);
  return &name;
}

}  // namespace hark::core
