#include "bus/registry.h"

#include <algorithm>

#include "bus/subscriber.h"

namespace hark::bus {

std::uint64_t Registry::add(Subscriber& subscriber, topic::Pattern pattern, topic::Filter filter, bool configured) {
  core::Lock lock(mutex_);
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(subscriptions_.size());
    subscriptions_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  auto s = std::make_shared<Subscription>();
  s->key = ++last_key_;
  s->id = configured ? 0 : s->key;
  s->subscriber = &subscriber;
  s->pattern = std::move(pattern);
  s->filter = std::move(filter);
  trie_.insert(s->pattern, index);
  by_key_.emplace(s->key, index);
  subscriptions_[index] = std::move(s);
  generation_.fetch_add(1, std::memory_order_seq_cst);
  return last_key_;
}

void Registry::erase(std::uint32_t index) {
  Subscription& s = *subscriptions_[index];
  s.live.store(false, std::memory_order_release);
  trie_.remove(s.pattern, index);
  by_key_.erase(s.key);
  subscriptions_[index].reset();
  free_.push_back(index);
  generation_.fetch_add(1, std::memory_order_seq_cst);
}

bool Registry::remove(const Subscriber& subscriber, std::uint64_t key) {
  core::Lock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || subscriptions_[found->second]->subscriber != &subscriber) return false;
  erase(found->second);
  return true;
}

void Registry::remove_all(const Subscriber& subscriber, Which which) {
  core::Lock lock(mutex_);
  for (std::uint32_t i = 0; i < subscriptions_.size(); ++i) {
    const Subscription* s = subscriptions_[i].get();
    if (s != nullptr && s->subscriber == &subscriber && (which == Which::all || s->id != 0)) erase(i);
  }
}

bool Registry::is_live(std::uint64_t key) const {
  core::Lock lock(mutex_);
  return by_key_.contains(key);
}

std::size_t Registry::size() const {
  core::Lock lock(mutex_);
  return by_key_.size();
}

std::shared_ptr<const Match> Registry::match(std::string_view type) const {
  core::Lock lock(mutex_);
  std::vector<std::uint32_t> found;
  trie_.match(type, found);
  auto match = std::make_shared<Match>();
  for (const std::uint32_t index : found) match->alternatives.push_back(subscriptions_[index]);
  const auto order = [](const std::shared_ptr<const Subscription>& s) {
    return std::tuple(!s->subscriber->blocks(), s->subscriber->index(), s->id, s->key);
  };
  std::ranges::sort(match->alternatives, {}, order);
  for (std::uint32_t i = 0; i < match->alternatives.size(); ++i) {
    Subscriber* subscriber = match->alternatives[i]->subscriber;
    if (match->targets.empty() || match->targets.back().subscriber != subscriber) {
      match->targets.push_back({subscriber, i, 0});
    }
    ++match->targets.back().count;
  }
  return match;
}

}  // namespace hark::bus
