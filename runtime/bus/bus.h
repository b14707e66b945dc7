// The bus: takes an event in, finds who hears it, gives it to all of them or to none.
//
// Publishing returns when the event lies in the queues; who works it off are the lanes. docs/data-path.md tells the
// whole way on one page.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/cells.h"
#include "bus/in_flight.h"
#include "bus/ledger.h"
#include "bus/observer.h"
#include "bus/pool.h"
#include "bus/registry.h"
#include "bus/subscriber.h"
#include "bus/suspects.h"
#include "bus/tells.h"
#include "bus/thread_context.h"
#include "bus/timekeeper.h"
#include "core/mutex.h"
#include "core/names.h"
#include "store/dead_letters.h"
#include "topic/event_json.h"

namespace hark::bus {

struct BusOptions {
  std::uint32_t max_hops = 16;
  std::uint64_t max_event = 1u << 20;  // bytes of data, attributes and their names
  unsigned threads = std::max(2u, std::thread::hardware_concurrency());
  Cells* cells = nullptr;  // outlives the bus; nullptr: in memory
};

// Somebody who publishes: a plugin instance, or the host itself. Lives as long as the bus.
struct Publisher {
  std::string name;
  std::string source;                   // of events that name none: "/hark/NAME"
  std::vector<topic::Pattern> allowed;  // the types it may publish; empty: any but `hark.*`
  bool is_host = false;                 // may publish `hark.*`
  std::uint32_t index = 0;
  std::atomic<bool> closing{false};
  Outcomes outcomes;  // of events published with HARK_M_TELL_KEPT
};

enum class Publish : std::uint8_t { ok, again, invalid, too_big, denied, loop, closing };

// Thread: any, unless said otherwise.
class Bus {
 public:
  // What a bus asks the kernel for takes 15 ms in a process that has threads already, and no time in one that has none.
  static void prepare_process();
  Bus(const BusOptions& options, Observer& observer, store::DeadLetters& dead_letters);
  ~Bus();  // all lanes are closed and nobody publishes any more
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // ---- set-up
  Publisher& add_publisher(std::string name, bool is_host = false) EXCLUDES(mutex_);
  Subscriber& add_subscriber(Identity identity, const SubscriberOptions& options) EXCLUDES(mutex_);
  Registry& registry() { return registry_; }
  core::Names& names() { return names_; }

  // ---- publish
  // cause: what led to this event, or nullptr. out_uid may be NULL. why: the rule that was broken, for the log.
  // Never waits; never calls a plugin from within a plugin's call (inline deliveries then wait for its end).
  Publish publish(Publisher& publisher, const hark_message& message, const ChainLink* cause, std::uint8_t* out_uid,
                  std::string& why);
  // The same, but waits for room until until_ns; `closing` instead when the publisher is being stopped.
  Publish publish_wait(Publisher& publisher, const hark_message& message, const ChainLink* cause, std::int64_t until_ns,
                       std::uint8_t* out_uid, std::string& why);
  // Bytes that never became an event: dead-lettered and counted with the publisher.
  void refuse_input(Publisher& publisher, std::string_view input, std::string_view origin, std::string_view why);
  void count_refused(Publisher& publisher, Refusal refusal);
  // From here on publish_wait() of this publisher does not wait: `closing` where there is no room.
  void close_publisher(Publisher& publisher);
  // Room for one more event of a type: the least of all the queues that it would have to wait for.
  void room(std::string_view type, std::uint64_t& events, std::uint64_t& bytes);

  // ---- taking a subscriber out
  // Revokes its subscriptions and returns when no publish that still saw them is under way. Not from within a publish.
  // False: patience ended first, somebody hangs in an inline call.
  bool revoke(Subscriber& subscriber, const Lane::Patience& patience = {});
  bool wait_for_publishers(const Lane::Patience& patience = {}) EXCLUDES(mutex_);

  // ---- looking on
  LedgerReading read() const EXCLUDES(mutex_);
  // Until every subscriber is quiet or until_ns. True: quiet. One caller at a time.
  bool wait_quiet(std::int64_t until_ns) EXCLUDES(mutex_, quiet_mutex_);
  bool is_quiet() const EXCLUDES(mutex_);
  std::uint64_t deliveries_done() const EXCLUDES(mutex_);  // grows with each delivery that ends
  // "type uid <- type uid", from an event back to the first of its chain, as far as it is remembered.
  std::string chain(const core::Uid& event) const EXCLUDES(mutex_);

  // ---- for lanes and thread contexts
  Observer& observer() { return observer_; }
  Timekeeper& timekeeper() { return timekeeper_; }
  Tells& tells() { return tells_; }
  Suspects& suspects() { return suspects_; }
  Cells& cells() { return options_.cells != nullptr ? *options_.cells : cells_; }
  std::uint64_t id() const { return id_; }
  bool dead_letter(const store::DeadLetter& letter);
  void run_outbox();
  // Two halves of a barrier between threads: all the cost is with the rare one.
  void barrier_in_all_threads() const;
  void barrier_in_this_thread() const;
  void note_quiet() EXCLUDES(quiet_mutex_);
  void adopt(std::shared_ptr<ThreadContext> context) EXCLUDES(mutex_);

 private:
  class Inside;

  // publish.cpp: the entry
  Publish refuse(const hark_message& message, std::string& why) const;
  static Publish refuse_type(const Publisher& publisher, std::string_view type, std::string& why);
  Publish attempt(Publisher& publisher, const hark_message& message, const ChainLink* cause, ThreadContext& context,
                  std::int64_t waited_ns, std::uint8_t* out_uid, std::string& why, Subscriber** full);
  Publish wait_for_room(Publisher& publisher, const hark_message& message, const ChainLink* cause,
                        ThreadContext& context, std::int64_t until_ns, std::uint8_t* out_uid, std::string& why,
                        Subscriber* full);
  Publish count(ThreadContext& context, const Publisher& publisher, Publish answer);
  static std::span<const Hearer> choose(ThreadContext& context, const Hearers& hearers, const hark_event& event,
                                        topic::EventJson& json);
  Subscriber* reserve(ThreadContext& context, const Inbox::Offer& offer, std::int64_t waited_ns);
  void hand_out(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event,
                const core::Stamp& stamp, std::size_t size);
  void push(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event, const core::Stamp& stamp,
            std::size_t size);
  void spill(const ThreadContext& context, const hark_event& event, const core::Stamp& stamp);
  void turn_away(const Hearer& chosen, const hark_event& event, std::uint32_t tell);
  void give_up(Subscriber& subscriber, const hark_event& event, Reason reason, std::uint32_t attempts,
               std::string_view error, std::uint32_t tell);
  void drop_evicted(Subscriber& subscriber, std::vector<core::Record*>& evicted);
  void cut_loop(const Publisher& publisher, const hark_event& event);

  // inline.cpp: deliveries in the publisher's thread
  void call_inline(ThreadContext& context, std::span<const Hearer> chosen, const hark_event& event,
                   const core::Stamp& stamp);
  void hand_over(Subscriber& subscriber, std::uint64_t subscription, const hark_event& event, const core::Stamp& stamp,
                 hark_result result, std::string_view error);

  void reap() EXCLUDES(mutex_);

  const BusOptions options_;
  Observer& observer_;
  store::DeadLetters& dead_letters_;
  const std::uint64_t id_;
  const bool has_membarrier_;
  Cells cells_;  // where the options name no others
  core::Names names_;
  Registry registry_;
  Tells tells_;
  Suspects suspects_;

  mutable core::Mutex mutex_;
  std::vector<std::shared_ptr<ThreadContext>> contexts_ GUARDED_BY(mutex_);
  std::deque<Publisher> publishers_ GUARDED_BY(mutex_);  // a deque: addresses hold
  std::vector<std::unique_ptr<Subscriber>> subscribers_ GUARDED_BY(mutex_);
  // What threads that have ended had counted, by index.
  std::vector<PublisherReading> ended_publishers_ GUARDED_BY(mutex_);
  std::vector<SubscriberReading> ended_in_line_ GUARDED_BY(mutex_);

  core::Mutex quiet_mutex_;
  core::Condition quiet_;
  std::atomic<bool> draining_{false};

  Timekeeper timekeeper_;
  Pool pool_;
};

}  // namespace hark::bus
