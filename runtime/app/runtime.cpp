#include "app/runtime.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "app/json_object.h"
#include "app/ledger_text.h"
#include "app/log.h"
#include "app/progress.h"
#include "app/reporter.h"
#include "bus/host_events.h"
#include "core/clock.h"
#include "host/instance.h"

namespace hark::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::int64_t flush_ns = 5'000'000'000;  // what plugins may take to flush, and to stop
constexpr std::int64_t grace_ns = 1'000'000'000;  // past that, before one is left behind
constexpr milliseconds slice(50);                 // how late a signal is noticed while draining

class Host {
 public:
  Host(const Plan& plan, const RunOptions& options, Signals& signals);

  int run();

 private:
  void tell_of_the_past();
  bool make_instances();
  bool make(const PlannedInstance& planned);
  bool refuse(const PlannedInstance& planned, const std::string& why);
  bool start_all();
  void greet() const;
  void wait_for_the_end();
  void stop_sources();
  void drain();
  void flush_all();
  void stop_all();
  int close_the_books();
  bool all_quiet(std::int64_t until_ns);
  host::Instance::Patience patience_of(std::int64_t until_ns);

  const Plan& plan_;
  const RunOptions options_;
  Signals& signals_;
  const std::int64_t began_ns_ = core::now_ns();

  Log log_;
  Reporter reporter_{log_};
  store::DeadLetters dead_letters_;
  store::Metrics metrics_;
  bus::Bus bus_;
  bus::HostEvents host_events_{bus_};
  Progress progress_{bus_, log_.status_line()};
  std::vector<std::unique_ptr<host::Instance>> instances_;  // in the plan's order, without the refused ones
  std::vector<const PlannedInstance*> planned_;             // beside instances_
  std::atomic<std::size_t> sources_running_{0};
  bool hangs_ = false;
  bool gave_up_draining_ = false;
};

Host::Host(const Plan& plan, const RunOptions& options, Signals& signals)
    : plan_(plan),
      options_(options),
      signals_(signals),
      log_(options.log_level, options.colour, plan.redaction),
      dead_letters_(plan.config.dead_letters.path, plan.config.dead_letters.bytes, plan.redaction),
      bus_({.max_hops = plan.config.guards.max_hops,
            .max_event = plan.config.guards.max_event,
            .cells = plan.past.cells()},
           reporter_, dead_letters_) {
  reporter_.publish_through(&host_events_);
  reporter_.look_up_in(bus_);
}

int Host::run() {
  tell_of_the_past();
  if (!make_instances()) return exit_failed;
  if (!start_all()) return exit_failed;
  greet();
  if (options_.progress && !options_.quiet && !terminal_is_taken(plan_)) progress_.begin();
  wait_for_the_end();
  progress_.enter(Phase::draining);
  reporter_.publish(HostEvent::host_stopping, "hark", "{}");
  stop_sources();
  drain();  // what the sources said
  flush_all();
  drain();  // what flushing said
  progress_.enter(Phase::stopping);
  stop_all();  // beyond this point no plugin is called
  progress_.end();
  return close_the_books();
}

void Host::tell_of_the_past() {
  for (const std::string& fault : plan_.past.faults()) log_.write(HARK_LOG_WARN, fault);
  for (const PastEnd& end : plan_.past.ends()) {
    log_.write(end.data.empty() ? HARK_LOG_WARN : HARK_LOG_ERROR, end.text);
    if (!end.data.empty()) reporter_.publish(HostEvent::plugin_crashed_host, end.name, end.data);
  }
}

// A required plugin that is refused ends the start; any other leaves the rest running.
bool Host::make_instances() {
  for (const PlannedInstance& planned : plan_.instances) {
    if (!make(planned) && planned.config->required && !planned.left_out) return false;
  }
  return true;
}

bool Host::make(const PlannedInstance& planned) {
  if (planned.plugin == nullptr) return refuse(planned, planned.refused);
  host::InstanceOptions o;
  o.name = planned.config->name;
  o.role = planned.subscriber != nullptr ? HARK_ROLE_SUBSCRIBER : HARK_ROLE_SOURCE;
  o.options_json = planned.config->options.revealed();
  o.state_dir = (plan_.config.runtime.state_dir / planned.config->name).string();
  o.restart = planned.config->restart;
  std::vector<host::Instance::Hears> hears;
  if (planned.subscriber != nullptr) {
    o.queue = planned.subscriber->queue;
    o.delivery = planned.subscriber->delivery;
    o.spool = plan_.config.runtime.spools() / o.name;
    o.in_line = planned.subscriber->lane.value == config::LaneKind::in_line;
    for (config::Subscription& s : subscriptions_of(planned)) {
      auto filter = topic::Filter::compile(s.where);
      if (!filter) return refuse(planned, filter.error().message);
      hears.push_back({std::move(s.pattern), std::move(*filter)});
    }
  }
  const bool is_source = planned.subscriber == nullptr;
  auto finished = [this, name = o.name, is_source](hark_result r, std::string_view why) {
    if (r != HARK_OK) log_.write(HARK_LOG_ERROR, name + ": ended: " + std::string(why));
    if (is_source && sources_running_.fetch_sub(1) == 1) signals_.notify();
  };
  auto instance = std::make_unique<host::Instance>(host::Services{bus_, metrics_, log_}, *planned.plugin, std::move(o),
                                                   std::move(hears), std::move(finished));
  if (auto created = instance->create(); !created) return refuse(planned, created.error().message);
  instances_.push_back(std::move(instance));
  planned_.push_back(&planned);
  return true;
}

bool Host::refuse(const PlannedInstance& planned, const std::string& why) {
  const std::string plugin = planned.config->plugin.value;
  log_.write(HARK_LOG_ERROR,
             planned.config->name + ": plugin `" + plugin + "` refused: " + planned.file.string() + ": " + why);
  reporter_.publish(HostEvent::plugin_refused, planned.config->name,
                    JsonObject()
                        .text("name", planned.config->name)
                        .text("plugin", plugin)
                        .text("path", planned.file.string())
                        .text("reason", log_.redacted(why))
                        .done());
  if (planned.config->required && !planned.left_out) {
    log_.write(HARK_LOG_ERROR, planned.config->name + ": is required; the host does not start without it");
  }
  return false;
}

// Subscribers first, so that none misses what the sources say at once.
bool Host::start_all() {
  for (const auto& i : instances_) sources_running_ += i->is_source() ? 1 : 0;
  if (sources_running_ == 0) {
    log_.write(HARK_LOG_ERROR, "no source could be loaded: nothing to do");
    return false;
  }
  for (const bool sources : {false, true}) {
    for (std::size_t at = 0; at < instances_.size(); ++at) {
      host::Instance& i = *instances_[at];
      if (i.is_source() != sources) continue;
      if (const auto started = i.start(); started) {
        reporter_.publish(HostEvent::plugin_loaded, i.identity().name,
                          JsonObject()
                              .text("name", i.identity().name)
                              .text("plugin", i.identity().plugin)
                              .text("version", i.identity().version)
                              .done());
        continue;
      } else if (refuse(*planned_[at], started.error().message), planned_[at]->config->required) {
        return false;
      }
      if (sources && sources_running_.fetch_sub(1) == 1) signals_.notify();
    }
    if (sources) continue;
    host_events_.open();
    reporter_.publish(HostEvent::host_started, "hark", JsonObject().text("version", host::host_version).done());
  }
  return true;
}

void Host::greet() const {
  if (options_.quiet) return;
  std::string from, to;
  for (const auto& i : instances_) {
    std::string& names = i->is_source() ? from : to;
    if (!names.empty()) names += ", ";
    names += i->identity().name;
  }
  const auto ms = (core::now_ns() - began_ns_) / 1'000'000;
  std::fprintf(stderr, "hark %s: %s -> %s   ready in %lld ms\n", host::host_version, from.c_str(), to.c_str(),
               static_cast<long long>(ms));
}

void Host::wait_for_the_end() {
  while (sources_running_ != 0 && signals_.received() == 0) {
    if (signals_.take_hangup()) {
      log_.write(HARK_LOG_INFO, "SIGHUP: asked every plugin to flush");
      flush_all();
    } else {
      signals_.wait(milliseconds(-1));
    }
  }
}

// How long a plugin is waited for: until then, and not after a second signal.
host::Instance::Patience Host::patience_of(std::int64_t until_ns) {
  return [this, until_ns] {
    signals_.wait(milliseconds(0));
    return core::now_ns() < until_ns && signals_.received() < 2;
  };
}

void Host::stop_sources() {
  const std::int64_t until = core::now_ns() + plan_.config.runtime.shutdown.count();
  for (const auto& i : instances_) {
    if (i->is_source()) hangs_ |= !i->silence(until, patience_of(until + grace_ns));
  }
}

bool Host::all_quiet(std::int64_t until_ns) {
  // Twice, because each may give the other something to do.
  return bus_.wait_quiet(until_ns) && host_events_.wait_empty(until_ns) && bus_.is_quiet();
}

// After the end of input: to the last delivery, as long as one ends within `shutdown` of the one before. On a signal:
// `shutdown` at most. On a second signal: at once.
void Host::drain() {
  const std::int64_t patience = plan_.config.runtime.shutdown.count();
  std::uint64_t done = bus_.deliveries_done();
  std::int64_t until = core::now_ns() + patience;
  bool signalled = signals_.received() != 0;
  while (signals_.received() < 2 && !all_quiet(std::min(until, core::now_ns() + nanoseconds(slice).count()))) {
    signals_.wait(milliseconds(0));
    const std::int64_t now = core::now_ns();
    if (!signalled && signals_.received() != 0) {
      signalled = true;
      until = now + patience;
    }
    if (const std::uint64_t d = bus_.deliveries_done(); d != done && !signalled) {
      done = d;
      until = now + patience;
    }
    if (now >= until) {
      if (!std::exchange(gave_up_draining_, true)) {
        log_.write(HARK_LOG_WARN,
                   "not drained within [runtime] shutdown; what is left is kept for the next start or dead-lettered");
      }
      return;
    }
  }
}

void Host::flush_all() {
  const std::int64_t until = core::now_ns() + flush_ns;
  for (const auto& i : instances_) i->flush(until, patience_of(until + grace_ns));
}

void Host::stop_all() {
  // What is given up from here on is logged and kept, not published: those who would hear of it are being stopped too.
  reporter_.publish_through(nullptr);
  const std::int64_t until = core::now_ns() + flush_ns;
  for (auto i = instances_.rbegin(); i != instances_.rend(); ++i)
    hangs_ |= !(*i)->stop(until, patience_of(until + grace_ns));
  if (!hangs_) host_events_.close();  // else its thread goes with the process: it may be the one that hangs
}

int Host::close_the_books() {
  log_.finish();
  const bus::LedgerReading ledger = bus_.read();
  const std::uint64_t held_back = log_.held_back(), dropped = log_.dropped();
  if (!options_.quiet) {
    std::vector<store::MetricValue> metrics = metrics_.read();
    for (store::MetricValue& m : metrics) m.labels = log_.redacted(m.labels);
    std::string text = ledger_text(ledger, metrics);
    if (const std::uint64_t kept = dead_letters_.kept(); kept != 0) {
      text += std::to_string(kept) + " dead letter(s) in " + dead_letters_.path().string() + "\n";
    }
    if (held_back + dropped != 0) {
      text += std::to_string(held_back + dropped) + " log line(s) were held back by the rate limit or pushed out\n";
    }
    std::fputs(text.c_str(), stderr);
  }
  const int status = ledger.lost() == 0 ? exit_ok : exit_failed;
  if (hangs_) {  // a thread is still inside a plugin: nothing that it may touch can be freed
    std::fflush(nullptr);
    plan_.past.end_well();
    _exit(status);
  }
  return status;
}

}  // namespace

int run(const Plan& plan, const RunOptions& options, Signals& signals) {
  bus::Bus::prepare_process();  // before the log has a thread
  Host host(plan, options, signals);
  return host.run();
}

}  // namespace hark::app
