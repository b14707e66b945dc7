// What one publishing thread keeps for one bus: its arena, the routes it uses, its part of the ledger, its causes.
//
// Nothing here is shared with another publishing thread, so publishing writes no shared line but the queues'. Owned by
// the bus and by the thread together; the members are the thread's, but for what is said otherwise.
#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
struct InlineCounters {
  Counter matched, acknowledged, skipped;
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
    const core::Name* name = nullptr;
    std::uint64_t generation = 0;
    std::shared_ptr<const Match> match;
    const Publisher* cleared_for = nullptr;  // the last publisher that was found to be allowed this type
  };

  // nullptr: a type that this thread has not published yet.
  Route* find_route(std::string_view type) {
    const auto it = routes_.find(type);
    return it == routes_.end() ? nullptr : it->second.get();
  }
  // Keeps at most Names::limit types. The type has been checked: it becomes a name for good.
  Route& add_route(std::string_view type, core::Names& names);
  // Who hears it, resolved again when the registry has changed since. Holds until the thread leaves the outermost
  // publish, whatever calls in between change.
  const Match& match(Route& route, std::string_view type, const Registry& registry) {
    if (route.generation != registry.generation()) resolve(route, type, registry);
    return *route.match;
  }
  std::vector<std::shared_ptr<const Match>> retired;  // no longer current, but perhaps in use further out

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

  // An inline delivery that waits until the outermost call of a plugin on this thread is over.
  struct Postponed {
    core::Record* record;
    Subscriber* subscriber;
    std::uint64_t subscription;
  };
  std::deque<Postponed> outbox;
  bool draining_outbox = false;

  // Scratch of one publish at a time.
  struct Chosen {
    Subscriber* subscriber;
    std::uint64_t subscription;
    enum class How : std::uint8_t { queue, spool, in_line, drop, dead_letter } how;
  };
  std::vector<Chosen> chosen;
  std::vector<core::Record*> evicted;
  std::string why;
  // How often this thread has pushed to a subscriber within the current block; see sparse() in bus.cpp.
  struct Density {
    std::uint64_t block = 0;
    std::uint32_t pushes = 0;
  };
  std::vector<Density> densities;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  friend struct ThreadContexts;
  void resolve(Route& route, std::string_view type, const Registry& registry);

  boost::unordered_flat_map<std::string, std::unique_ptr<Route>, TextHash, std::equal_to<>> routes_;
  std::atomic<bool> thread_lives_{true};
};

}  // namespace hark::bus
