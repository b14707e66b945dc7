// Who hears what: patterns to subscribers, resolved once for each type.
//
// A Match is immutable and shared; publishing threads keep the ones they use and look at generation() (one atomic load)
// to see whether they still hold. A change costs the change, not the number of subscriptions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/mutex.h"
#include "topic/filter.h"
#include "topic/pattern.h"
#include "topic/trie.h"

namespace hark::bus {

class Subscriber;

struct Subscription {
  std::uint64_t id = 0;   // what hark_delivery.subscription says: 0 for the configured `on`
  std::uint64_t key = 0;  // in the registry, never reused: how many came before in its upper 40 bits, its place below
  Subscriber* subscriber = nullptr;
  topic::Pattern pattern;
  topic::Filter filter;
  std::atomic<bool> live{true};
};

struct Match {
  struct Target {
    Subscriber* subscriber;
    std::uint32_t first, count;  // in alternatives: the event is delivered once, under the first that lets it pass
  };
  std::vector<Target>
      targets;  // those whose queue may refuse (`block`) first, so that all-or-none evicts nothing in vain
  std::vector<std::shared_ptr<const Subscription>> alternatives;
};

// Thread: any.
class Registry {
 public:
  static constexpr unsigned place_bits = 24;
  static constexpr std::uint64_t most_subscriptions = 1u << place_bits;

  // configured: of the config's `on` (id 0). Returns its key; 0: there are most_subscriptions already.
  std::uint64_t add(Subscriber& subscriber, topic::Pattern pattern, topic::Filter filter, bool configured)
      EXCLUDES(mutex_);
  // False: not a live subscription of this subscriber.
  bool remove(const Subscriber& subscriber, std::uint64_t key) EXCLUDES(mutex_);
  enum class Which : std::uint8_t { all, dynamic };  // dynamic: not those of the config
  void remove_all(const Subscriber& subscriber, Which which = Which::all) EXCLUDES(mutex_);

  bool is_live(std::uint64_t key) const EXCLUDES(mutex_);
  std::shared_ptr<const Match> match(std::string_view type) const EXCLUDES(mutex_);

  // Grows with every change. A Match is good while the generation read before match() is still the current one.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  std::size_t size() const EXCLUDES(mutex_);

 private:
  // nullptr: no live one has this key.
  const Subscription* find(std::uint64_t key) const REQUIRES(mutex_);
  void erase(std::uint32_t place) REQUIRES(mutex_);

  mutable core::Mutex mutex_;
  topic::Trie trie_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Subscription>> subscriptions_ GUARDED_BY(mutex_);  // by the trie's value; null = free
  std::vector<std::uint32_t> free_ GUARDED_BY(mutex_);
  std::uint64_t added_ GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace hark::bus
