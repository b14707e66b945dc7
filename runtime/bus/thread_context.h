// What one publishing thread keeps for one bus: its arena, the routes it uses, its part of the ledger, its causes.
//
// Nothing here is shared with another publishing thread, so publishing writes no shared line but the queues'. Owned by
// the bus and by the thread together; the members are the thread's, but for what is said otherwise.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/callee.h"
#include "bus/ledger.h"
#include "bus/registry.h"
#include "core/arena.h"
#include "core/mutex.h"
#include "core/names.h"
#include "store/causes.h"

namespace hark::bus {

class Bus;
struct Publisher;

struct PublisherCounters {
  Counter offered, admitted, unmatched;
  CounterBy<Counter, Refusal> refused;
};
// Of the calls that were made in the thread, how each ended; together they are those that matched.
struct InlineCounters {
  Counter acknowledged, skipped, handed_over;  // handed over: to the lane, or given up at once
};

// One who hears a type: a delivery in the making.
struct Hearer {
  enum class How : std::uint8_t { queue, spool, in_line, drop, dead_letter };
  Subscriber* subscriber;
  InlineCallee* callee;        // of in_line ones
  InlineCounters* counters;    // the thread's, of in_line ones
  std::uint64_t subscription;  // under which it hears it; of conditional ones: found for each event
  How how;
  bool conditional;  // only what passes the filter of one of its subscriptions, or as long as that lives
};

// Who hears a type, as one thread sees it.
struct Hearers {
  std::shared_ptr<const Match> match;
  std::vector<Hearer> all;  // as match->targets
  bool all_in_line = true;  // and none of them conditional
};

// Grows while others read: by index, address-stable.
template <class T>
class PerIndex {
 public:
  // The owning thread.
  T& operator[](std::uint32_t i) {
    if (i >= quick_.size() || quick_[i] == nullptr) make(i);
    return *quick_[i];
  }
  // Any thread.
  template <class Visit>
  void visit(std::uint32_t i, Visit visit) const {
    core::Lock lock(mutex_);
    if (const auto it = owned_.find(i); it != owned_.end()) visit(*it->second);
  }

 private:
  void make(std::uint32_t i) {
    core::Lock lock(mutex_);
    quick_.resize(std::max<std::size_t>(quick_.size(), i + 1));
    quick_[i] = (owned_[i] = std::make_unique<T>()).get();
  }
  std::vector<T*> quick_;
  mutable core::Mutex mutex_;
  std::unordered_map<std::uint32_t, std::unique_ptr<T>> owned_ GUARDED_BY(mutex_);
};

class ThreadContext {
 public:
  struct Route {
    std::string text;           // the type
    std::uint64_t first, last;  // see Ends
    const core::Name* name = nullptr;
    std::uint64_t generation = 0;
    std::unique_ptr<const Hearers> hearers;
    const Publisher* cleared_for = nullptr;  // the last publisher that was found to be allowed this type
  };

  // nullptr: a type that this thread has not published yet.
  Route* find_route(std::string_view type) {
    const Ends ends(type);
    Route* const lately = lately_[ends.index()];
    return lately != nullptr && ends.are_of(*lately) ? lately : find_further(type);
  }
  // Keeps at most Names::limit types. The type has been checked: it becomes a name for good.
  Route& add_route(std::string_view type, core::Names& names);
  // Who hears it, resolved again when the registry has changed since. Holds until the thread leaves the outermost
  // publish, whatever calls in between change.
  const Hearers& hearers(Route& route, const Registry& registry) {
    if (route.generation != registry.generation()) resolve(route, registry);
    return *route.hearers;
  }
  std::vector<std::unique_ptr<const Hearers>> retired;  // no longer current, but perhaps in use further out

  // The thread's context for this bus; made on first use.
  static ThreadContext& of(Bus& bus);

  // Any thread: false once the thread has ended.
  bool thread_lives() const { return thread_lives_.load(std::memory_order_acquire); }
  // Any thread: true while the thread is inside a publish, and may touch subscribers that have just been taken out.
  std::atomic<bool> inside{false};

  PerIndex<PublisherCounters> publishers;
  PerIndex<InlineCounters> in_line;
  store::CauseRing causes;
  core::Arena arena;

  std::uint64_t inline_calls = 0;
  // An inline delivery that waits until the outermost call of a plugin on this thread is over.
  struct Postponed {
    core::Record* record;
    Hearer hearer;
  };
  std::deque<Postponed> outbox;
  bool draining_outbox = false;

  // Scratch of one publish at a time.
  std::vector<Hearer> chosen;
  bool queues = false;  // some of them are to be queued
  std::vector<core::Record*> evicted;
  std::string why;
  // How much of the shared blocks a subscriber holds for what it hears; see own_copy_if_sparse() in publish.cpp.
  struct Density {
    std::uint64_t block = 0;  // the last one of `arena` of which it holds a part
    std::int64_t debt = 0;    // bytes of such blocks, less twice the bytes pushed
    core::Arena copies;
  };
  std::vector<Density> densities;

 private:
  friend struct ThreadContexts;
  // The first and the last eight bytes of a type, which tell those of a thread apart well enough to index by.
  struct Ends {
    std::string_view type;
    std::uint64_t first = 0, last = 0;

    explicit Ends(std::string_view t) : type(t) {
      if (t.size() >= 8) {
        std::memcpy(&first, t.data(), 8);
        std::memcpy(&last, t.data() + t.size() - 8, 8);
      } else if (!t.empty()) {
        first = static_cast<std::uint8_t>(t.front());
        last = static_cast<std::uint8_t>(t.back());
      }
    }
    std::size_t index() const { return ((first ^ std::rotl(last, 23) ^ type.size()) * 0x9e37'79b9'7f4a'7c15u) >> 56; }
    bool are_of(const Route& route) const {
      if (route.first != first || route.last != last || route.text.size() != type.size()) return false;
      if (type.size() < 8) return route.text == type;
      for (std::size_t i = 8; i + 8 < type.size(); i += 8) {  // what lies between; a call of memcmp would cost more
        if (std::memcmp(route.text.data() + i, type.data() + i, 8) != 0) return false;
      }
      return true;
    }
  };
  Route* find_further(std::string_view type);
  void resolve(Route& route, const Registry& registry);

  std::array<Route*, 256> lately_{};                                            // of routes_
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Route>> routes_;  // by their own text
  std::atomic<bool> thread_lives_{true};
};

}  // namespace hark::bus
