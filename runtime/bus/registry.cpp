#include "bus/registry.h"

#include <algorithm>

#include "bus/subscriber.h"

namespace hark::bus {

std::uint64_t Registry::add(Subscriber& subscriber, topic::Pattern pattern, topic::Filter filter, bool configured) {
  core::Lock lock(mutex_);
  if (free_.empty() && subscriptions_.size() == most_subscriptions) return 0;
  std::uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<std::uint32_t>(subscriptions_.size());
    subscriptions_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  auto s = std::make_shared<Subscription>();
  s->key = ++added_ << place_bits | place;
  s->id = configured ? 0 : s->key;
  s->subscriber = &subscriber;
  s->pattern = std::move(pattern);
  s->filter = std::move(filter);
  trie_.insert(s->pattern, place);
  const std::uint64_t key = s->key;
  subscriptions_[place] = std::move(s);
  generation_.fetch_add(1, std::memory_order_seq_cst);
  return key;
}

const Subscription* Registry::find(std::uint64_t key) const {
  const std::uint64_t place = key % most_subscriptions;
  const Subscription* s = place < subscriptions_.size() ? subscriptions_[place].get() : nullptr;
  return s != nullptr && s->key == key ? s : nullptr;
}

void Registry::erase(std::uint32_t place) {
  Subscription& s = *subscriptions_[place];
  s.live.store(false, std::memory_order_release);
  trie_.remove(s.pattern, place);
  subscriptions_[place].reset();
  free_.push_back(place);
  generation_.fetch_add(1, std::memory_order_seq_cst);
}

bool Registry::remove(const Subscriber& subscriber, std::uint64_t key) {
  core::Lock lock(mutex_);
  const Subscription* s = find(key);
  if (s == nullptr || s->subscriber != &subscriber) return false;
  erase(static_cast<std::uint32_t>(key % most_subscriptions));
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
  return find(key) != nullptr;
}

std::size_t Registry::size() const {
  core::Lock lock(mutex_);
  return subscriptions_.size() - free_.size();
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
