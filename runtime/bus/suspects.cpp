#include "bus/suspects.h"

#include <algorithm>

namespace hark::bus {

void Suspects::blame(const core::Uid& event, const std::string& subscriber) {
  core::Lock lock(mutex_);
  const auto [at, is_new] = blamed_.try_emplace(event.bytes);
  if (is_new) order_.push_back(event.bytes);
  if (std::ranges::find(at->second, subscriber) == at->second.end()) at->second.push_back(subscriber);
  if (order_.size() > limit) {
    blamed_.erase(order_.front());
    order_.pop_front();
  }
  any_.store(true, std::memory_order_release);
}

std::string Suspects::look(const core::Uid& event, const std::string& subscriber) const {
  core::Lock lock(mutex_);
  const auto found = blamed_.find(event.bytes);
  if (found == blamed_.end() || found->second.size() < too_many) return {};
  const std::vector<std::string>& whose = found->second;
  if (std::ranges::find(whose, subscriber) != whose.end()) return {};
  std::string text = "not handled: it has ended the processes of";
  for (const std::string& name : whose) text += (&name == &whose.front() ? " " : ", ") + name;
  return text;
}

}  // namespace hark::bus
