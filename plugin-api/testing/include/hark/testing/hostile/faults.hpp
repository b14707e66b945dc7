// SPDX-License-Identifier: Apache-2.0
// The broken rules that were found, each once, with the place where it was first seen.
#pragma once

#include <cctype>
#include <hark/testing/hostile/black_box.hpp>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace hark::testing::hostile {

// Thread: any.
class Faults {
 public:
  // what: what the plugin did, in the past tense. rule: of plugin.h.
  void add(const std::string& what, const char* rule) {
    std::string key(rule);
    for (const char c : what) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) key += c;
    }
    std::string where = BlackBox::doing();
    const std::lock_guard lock(mutex_);
    if (seen_.insert(key).second)
      all_.push_back("the plugin " + what + "\n  in:   " + where + "\n  rule: " + rule + " (hark/plugin.h)");
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
  std::vector<std::string> all_;
};

}  // namespace hark::testing::hostile
