// Set-up, ending and accounts of the bus. The data path is in publish.cpp, inline.cpp, lane.cpp and lane_settle.cpp.
#include "bus/bus.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "bus/call_scope.h"
#include "core/clock.h"
#include "core/fence.h"
#include "core/text.h"

namespace hark::bus {
namespace {

std::uint64_t next_bus_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

bool membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }

void add(PublisherReading& to, const PublisherCounters& c) {
  // What was settled before what was offered: a live reading may lag, but never shows an event twice.
  to.admitted += c.admitted.get();
  for (std::size_t i = 0; i < to.refused.size(); ++i) to.refused[i] += c.refused.counters[i].get();
  to.unmatched += c.unmatched.get();
  to.offered += c.offered.get();
}

void add(SubscriberReading& to, const InlineCounters& c) {
  const std::uint64_t acknowledged = c.acknowledged.get(), skipped = c.skipped.get();
  to.acknowledged += acknowledged;
  to.skipped += skipped;
  to.matched += acknowledged + skipped + c.handed_over.get();
}

}  // namespace

void Bus::prepare_process() { membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

Bus::Bus(const BusOptions& options, Observer& observer, store::DeadLetters& dead_letters)
    : options_(options),
      observer_(observer),
      dead_letters_(dead_letters),
      id_(next_bus_id()),
      has_membarrier_(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)),
      pool_(observer, cells(), options.threads) {}

Bus::~Bus() {
  pool_.stop();
  std::vector<std::unique_ptr<Subscriber>> gone;
  core::Lock lock(mutex_);
  gone.swap(subscribers_);  // their own threads end here, while pool and timekeeper still stand
}

Publisher& Bus::add_publisher(std::string name, bool is_host) {
  core::Lock lock(mutex_);
  Publisher& p = publishers_.emplace_back();
  p.name = std::move(name);
  p.source = is_host ? "/hark" : "/hark/" + p.name;
  p.is_host = is_host;
  p.index = static_cast<std::uint32_t>(publishers_.size() - 1);
  ended_publishers_.resize(publishers_.size());
  return p;
}

Subscriber& Bus::add_subscriber(Identity identity, const SubscriberOptions& options) {
  core::Lock lock(mutex_);
  const auto index = static_cast<std::uint32_t>(subscribers_.size());
  ended_in_line_.resize(subscribers_.size() + 1);
  return *subscribers_.emplace_back(std::make_unique<Subscriber>(*this, std::move(identity), options, index, pool_));
}

void Bus::adopt(std::shared_ptr<ThreadContext> context) {
  reap();
  core::Lock lock(mutex_);
  contexts_.push_back(std::move(context));
}

// Keeps the counts of threads that have ended, and lets the rest of them go.
void Bus::reap() {
  std::vector<std::shared_ptr<ThreadContext>> gone;
  core::Lock lock(mutex_);
  const auto ended = std::ranges::partition(contexts_, [](const auto& c) { return c->thread_lives(); });
  for (const auto& context : ended) {
    for (const Publisher& p : publishers_) {
      PublisherReading& kept = ended_publishers_[p.index];
      context->publishers.visit(p.index, [&](const PublisherCounters& c) { add(kept, c); });
    }
    for (const auto& s : subscribers_) {
      SubscriberReading& kept = ended_in_line_[s->index()];
      context->in_line.visit(s->index(), [&](const InlineCounters& c) { add(kept, c); });
    }
  }
  gone.assign(ended.begin(), ended.end());
  contexts_.erase(ended.begin(), ended.end());
}

void Bus::refuse_input(Publisher& publisher, std::string_view input, std::string_view origin, std::string_view why) {
  count_refused(publisher, Refusal::input);
  core::Stamp stamp;
  stamp.recv_ns = core::coarse_wall_ns();
  stamp.uid = stamp.root = core::make_uid(stamp.recv_ns);
  if (current_call != nullptr && current_call->only() != nullptr) {
    ChainLink::of(*current_call->only()->event).extend_to(stamp);
  }
  hark_message m{};
  m.size = sizeof m;
  m.flags = HARK_M_DATA_BINARY;
  m.type = core::str("hark.input.refused");
  m.content_type = core::str("application/octet-stream");
  m.subject = core::str(origin);
  m.data = core::bytes(input.substr(0, options_.max_event));
  hark_event event = core::view_message(m, core::str(publisher.source), stamp);
  event.time_ns = stamp.recv_ns;
  dead_letter({&event, {}, "input", 0, why});
}

void Bus::count_refused(Publisher& publisher, Refusal refusal) {
  PublisherCounters& counters = ThreadContext::of(*this).publishers[publisher.index];
  counters.offered.add();
  counters.refused[refusal].add();
}

void Bus::close_publisher(Publisher& publisher) {
  publisher.closing.store(true, std::memory_order_seq_cst);
  core::Lock lock(mutex_);
  for (const auto& s : subscribers_) s->inbox().credits().wake_all();
}

void Bus::room(std::string_view type, std::uint64_t& events, std::uint64_t& bytes) {
  events = bytes = UINT64_MAX;
  const auto match = registry_.match(type);
  for (const Match::Target& target : match->targets) {
    Subscriber& s = *target.subscriber;
    if (!s.blocks() || s.inbox().quarantined.load(std::memory_order_acquire)) continue;
    if (s.inbox().spool() != nullptr && s.inbox().spool()->engaged()) continue;
    events = std::min(events, s.inbox().credits().free_events());
    bytes = std::min(bytes, s.inbox().credits().free_bytes());
  }
}

bool Bus::revoke(Subscriber& subscriber, const Lane::Patience& patience) {
  registry_.remove_all(subscriber);
  return wait_for_publishers(patience);
}

void Bus::barrier_in_all_threads() const {
  if (has_membarrier_) membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

void Bus::barrier_in_this_thread() const {
  if (has_membarrier_) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else {
    core::full_fence();
  }
}

bool Bus::wait_for_publishers(const Lane::Patience& patience) {
  barrier_in_all_threads();
  std::vector<std::shared_ptr<ThreadContext>> contexts;
  {
    core::Lock lock(mutex_);
    contexts = contexts_;
  }
  for (const auto& context : contexts) {
    // Short: publishing does not wait, inline handlers promise not to.
    while (context->inside.load(std::memory_order_acquire) && context->thread_lives()) {
      std::this_thread::yield();
      if (patience && !patience()) return false;
    }
  }
  return true;
}

LedgerReading Bus::read() const {
  LedgerReading reading;
  core::Lock lock(mutex_);
  for (const auto& s : subscribers_) {
    SubscriberReading& r = reading.subscribers.emplace_back(s->read());
    const SubscriberReading& ended = ended_in_line_[s->index()];
    r.acknowledged += ended.acknowledged;
    r.skipped += ended.skipped;
    r.matched += ended.matched;
    for (const auto& context : contexts_) {
      context->in_line.visit(s->index(), [&](const InlineCounters& c) { add(r, c); });
    }
  }
  for (const Publisher& p : publishers_) {
    PublisherReading& r = reading.publishers.emplace_back(ended_publishers_[p.index]);
    r.name = p.name;
    for (const auto& context : contexts_) {
      context->publishers.visit(p.index, [&](const PublisherCounters& c) { add(r, c); });
    }
  }
  return reading;
}

bool Bus::is_quiet() const {
  core::Lock lock(mutex_);
  return std::ranges::all_of(subscribers_, [](const auto& s) { return s->is_quiet(); });
}

std::uint64_t Bus::deliveries_done() const { return read().done(); }

bool Bus::wait_quiet(std::int64_t until_ns) {
  const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(until_ns)};
  draining_.store(true, std::memory_order_seq_cst);
  bool quiet = is_quiet();
  while (!quiet && core::now_ns() < until_ns) {
    {
      core::Lock lock(quiet_mutex_);
      if (!is_quiet()) quiet_.wait_until(quiet_mutex_, until);
    }
    quiet = is_quiet();
  }
  draining_.store(false, std::memory_order_seq_cst);
  return quiet;
}

// A lane has run dry, or was taken out. Under the mutex, or a waiter between its look and its sleep would miss it.
void Bus::note_quiet() {
  if (!draining_.load(std::memory_order_seq_cst)) return;
  core::Lock lock(quiet_mutex_);
  quiet_.notify_all();
}

bool Bus::dead_letter(const store::DeadLetter& letter) {
  const core::Result<void> kept = dead_letters_.append(letter);
  observer_.dead_lettered(letter, kept);
  return kept.has_value();
}

std::string Bus::chain(const core::Uid& event) const {
  std::string text;
  core::Uid at = event;
  core::Lock lock(mutex_);
  for (std::uint32_t i = 0; i <= options_.max_hops && !at.is_nil(); ++i) {
    store::Cause cause;
    const bool found = std::ranges::any_of(contexts_, [&](const auto& c) { return c->causes.find(at, cause); });
    if (!text.empty()) text += " <- ";
    if (!found) return text += core::to_text(at) + " (not remembered)";
    text += (cause.type != nullptr ? cause.type->text : std::string("?")) + " " + core::to_text(at);
    at = cause.cause;
  }
  return text;
}

}  // namespace hark::bus
