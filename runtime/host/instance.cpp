#include "host/instance.h"

#include <cxxabi.h>

#include <algorithm>
#include <filesystem>
#include <list>

#include "bus/call_scope.h"
#include "core/clock.h"
#include "core/text.h"

namespace hark::host {
namespace {

constexpr std::int64_t restart_stop_ns = 1'000'000'000;  // how long a broken instance may take to stop

bool hears_anything(const hark_plugin& p) { return (p.caps & HARK_CAP_SUBSCRIBER) != 0; }

bus::SubscriberOptions bus_options(const PluginFile& file, const InstanceOptions& o) {
  const hark_plugin& p = *file.table;
  bus::SubscriberOptions b;
  b.queue = o.queue;
  b.spool = o.spool;
  if (!hears_anything(p)) b.queue.events = 1, b.spool.clear();  // only its lane is used, for control calls
  b.lane.delivery = o.delivery;
  b.lane.max_in_flight = std::clamp(p.max_in_flight, 1u, bus::InFlight::max_slots);
  b.lane.max_batch = p.handle_batch != nullptr ? p.max_batch : 0;
  b.lane.stream = file.contained != nullptr && file.contained->streams();
  b.lane.idempotent = (p.caps & HARK_CAP_IDEMPOTENT) != 0;
  b.in_line = o.in_line;
  b.own_thread = p.threads == HARK_THREADS_AFFINE;
  return b;
}

std::vector<topic::Pattern> declared_types(const hark_plugin& p) {
  std::vector<topic::Pattern> types;
  for (const std::string& t : core::texts(p.publishes)) {
    if (auto parsed = topic::Pattern::parse(t)) types.push_back(std::move(*parsed));
  }
  return types;
}

bus::Publisher& add_publisher(bus::Bus& bus, const hark_plugin& p, const std::string& name) {
  bus::Publisher& publisher = bus.add_publisher(name);
  publisher.allowed = declared_types(p);
  return publisher;
}

HostApi& immortal(std::unique_ptr<HostApi> api) {
  static std::list<std::unique_ptr<HostApi>>& all = *new std::list<std::unique_ptr<HostApi>>;
  static core::Mutex& mutex = *new core::Mutex;
  core::Lock lock(mutex);
  return *all.emplace_back(std::move(api));
}

std::string text_of(const hark_error& e, hark_result r) {
  const std::string text(e.msg, std::min<std::size_t>(e.len, sizeof e.msg));
  return text.empty() ? "code " + std::to_string(r) : text;
}

}  // namespace

std::string unfit(const hark_plugin& p, const InstanceOptions& o) {
  if (o.role == HARK_ROLE_SOURCE && (p.caps & HARK_CAP_SOURCE) == 0) {
    return "is not a source; configure it under [subscribers." + o.name + "]";
  }
  if (o.role == HARK_ROLE_SUBSCRIBER && !hears_anything(p)) {
    return "is a source, not a subscriber; configure it under [sources." + o.name + "]";
  }
  if (o.in_line && ((p.caps & HARK_CAP_INLINE) == 0 || p.threads != HARK_THREADS_CONCURRENT)) {
    return "does not declare that it may run inline; leave out lane = \"inline\"";
  }
  return {};
}

Instance::Instance(const Services& services, const PluginFile& plugin, InstanceOptions options,
                   std::vector<Hears> hears, std::function<void(hark_result, std::string_view)> on_finished)
    : services_(services),
      identity_{options.name,         plugin.table->id,        plugin.table->version, options.role == HARK_ROLE_SOURCE,
                plugin.path.string(), plugin.loaded().string()},
      plugin_(*plugin.table),
      contained_(plugin.contained.get()),
      options_(std::move(options)),
      hears_(std::move(hears)),
      publisher_(add_publisher(services.bus, plugin_, options_.name)),
      subscriber_(services.bus.add_subscriber(identity_, bus_options(plugin, options_))),
      api_(immortal(std::make_unique<HostApi>(services, subscriber_.identity(), publisher_, subscriber_, plugin_,
                                              std::move(on_finished)))) {}

Instance::~Instance() {
  if (!left_behind_) stop(core::now_ns());
}

// The host's own fence behind the plugin's: a throw becomes an error, where the runtime that threw is the host's.
template <class Function>
hark_result Instance::fenced(const char* what, hark_error& error, Function function) {
  error.len = 0;
  std::string thrown;
  hark_result r = HARK_FATAL;
  try {
    const bus::CallScope scope(subscriber_.identity());
    r = function();
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& e) {
    thrown = std::string(what) + " threw: " + e.what();
  } catch (...) {
    thrown = std::string(what) + " threw something that is not a std::exception";
  }
  services_.bus.run_outbox();  // what it published to inline subscribers
  if (thrown.empty()) return r;
  error.len = static_cast<std::uint32_t>(std::min(thrown.size(), sizeof error.msg));
  std::copy_n(thrown.data(), error.len, error.msg);
  return HARK_FATAL;
}

template <class Function>
core::Result<void> Instance::on_lane(Function function) {
  core::Result<void> result;
  subscriber_.lane().call([&] { result = function(); });
  return result;
}

core::Result<void> Instance::create() {
  return on_lane([this] { return call_create(); });
}

core::Result<void> Instance::start() {
  auto started = on_lane([this] {
    auto r = call_start();
    if (r) subscriber_.lane().open({&plugin_, instance_, contained_ != nullptr}, *this);
    return r;
  });
  if (!started) return started;
  std::vector<std::string> notes;
  auto recovered = subscriber_.recover(notes);
  for (const std::string& n : notes) services_.log.noted(identity_, HARK_LOG_WARN, n);
  if (!recovered) return std::unexpected(std::move(recovered.error()));
  if (*recovered != 0) {
    services_.log.noted(identity_, HARK_LOG_INFO,
                        std::to_string(*recovered) + " events of an earlier run are in its spool, and come first");
  }
  for (const Hears& h : hears_) services_.bus.registry().add(subscriber_, h.pattern, h.filter, true);
  return {};
}

core::Result<void> Instance::call_create() {
  subscriber_.lane().clear_timers();  // none of the generation before, nor of a create() that failed
  const hark_create_info info{sizeof info,
                              options_.role,
                              contained_ != nullptr ? HARK_TIER_PROCESS : HARK_TIER_THREAD,
                              generation_,
                              core::str(options_.name),
                              core::str(options_.options_json),
                              core::str(options_.state_dir)};
  hark_error error;
  hark_instance* made = nullptr;
  const hark_result r = fenced("create", error, [&] {
    if (contained_ == nullptr) return plugin_.create(api_.table(), &info, &made, &error);
    auto ended = [this, of = generation_](const std::string& how) {
      subscriber_.lane().post([this, of, how] {
        if (of == generation_) subscriber_.lane().break_down(how);
      });
    };
    return contained_->create(api_.table(), &info, std::move(ended), &made, &error);
  });
  if (r != HARK_OK) return core::fail("create: " + text_of(error, r));
  if (made == nullptr) return core::fail("create: answered OK and made nothing");
  instance_ = made;
  publisher_.outcomes.open([this] { subscriber_.lane().post([this] { call_outcome(); }); });
  return {};
}

core::Result<void> Instance::call_start() {
  if (plugin_.start != nullptr) {
    hark_error error;
    const hark_result r = fenced("start", error, [&] { return plugin_.start(instance_, &error); });
    if (r != HARK_OK) return core::fail("start: " + text_of(error, r));
  }
  started_ = true;
  return {};
}

void Instance::call_stop(std::int64_t until_ns) {
  if (!started_) return;
  started_ = false;
  if (plugin_.stop == nullptr) return;
  hark_error error;
  const hark_result r = fenced("stop", error, [&] { return plugin_.stop(instance_, until_ns, &error); });
  if (r != HARK_OK) services_.log.noted(identity_, HARK_LOG_ERROR, "stop: " + text_of(error, r));
}

void Instance::call_destroy() {
  if (instance_ == nullptr) return;
  publisher_.outcomes.begin_generation();
  hark_error error;
  const hark_result r = fenced("destroy", error, [&] {
    plugin_.destroy(instance_);
    return HARK_OK;
  });
  if (r != HARK_OK) services_.log.noted(identity_, HARK_LOG_ERROR, text_of(error, r));
  instance_ = nullptr;
  if (const std::size_t left = api_.retained().count(); left != 0) {
    services_.log.noted(identity_, HARK_LOG_WARN,
                        "still held " + std::to_string(left) + " retained event(s) when it was destroyed");
    api_.retained().clear();
  }
}

void Instance::flush(std::int64_t until_ns, const Patience& patience) {
  if (plugin_.flush == nullptr) return;
  const auto flushed = [this, until_ns] {
    if (instance_ == nullptr) return;
    hark_error error;
    const hark_result r = fenced("flush", error, [&] { return plugin_.flush(instance_, until_ns, &error); });
    if (r != HARK_OK && r != HARK_NOSUPPORT)
      services_.log.noted(identity_, HARK_LOG_WARN, "flush: " + text_of(error, r));
  };
  subscriber_.lane().call(flushed, patience);
}

// On the lane: no delivery and no timer follows, but it may still be told outcomes.
void Instance::end_calls(std::int64_t until_ns) {
  subscriber_.lane().stop_deliveries();
  call_stop(until_ns);
  api_.end();
}

bool Instance::silence(std::int64_t until_ns, const Patience& patience) {
  if (hears_anything(plugin_)) return stop(until_ns, patience);
  if (left_behind_) return false;
  services_.bus.close_publisher(publisher_);
  return subscriber_.lane().call([this, until_ns] { end_calls(until_ns); }, patience) || leave_behind();
}

bool Instance::stop(std::int64_t until_ns, const Patience& patience) {
  if (left_behind_) return false;
  if (is_source()) services_.bus.close_publisher(publisher_);
  bus::Lane& lane = subscriber_.lane();
  const auto stopped = [this, until_ns] {
    if (!is_source()) services_.bus.close_publisher(publisher_);
    end_calls(until_ns);
  };
  const auto closed = [this, &lane] {
    services_.bus.revoke(subscriber_);  // what it subscribed to while it stopped
    publisher_.outcomes.mute();
    lane.close();
  };
  const auto destroyed = [this] {
    call_outcome();
    call_destroy();
    api_.close();
  };
  if (services_.bus.revoke(subscriber_, patience) && lane.call(stopped, patience)) {
    lane.call(closed);  // the host's own work, whoever is impatient: half done, what is left would be lost
    if (lane.call(destroyed, patience)) return true;
  }
  return leave_behind();
}

bool Instance::leave_behind() {
  left_behind_ = true;
  publisher_.outcomes.mute();
  api_.close();
  const bool delivering = subscriber_.lane().take_over();
  services_.log.noted(identity_, HARK_LOG_ERROR,
                      delivering ? "does not come back from a delivery or timer; left behind, what was queued for it "
                                   "is kept for the next start where it has a spool, else dead-lettered"
                                 : "does not come back from start, flush or stop; left behind");
  return false;
}

// On the lane.
void Instance::call_outcome() {
  const bus::Outcomes::Taken taken = publisher_.outcomes.take();
  if (plugin_.outcome == nullptr || instance_ == nullptr) return;
  hark_error error;
  const auto tell = [&](const std::vector<std::uint64_t>& tokens, hark_result r) {
    if (tokens.empty()) return;
    const hark_result told = fenced("outcome", error, [&] {
      plugin_.outcome(instance_, HARK_STAGE_KEPT, tokens.data(), static_cast<std::uint32_t>(tokens.size()), r);
      return HARK_OK;
    });
    if (told != HARK_OK) services_.log.noted(identity_, HARK_LOG_ERROR, text_of(error, told));
  };
  tell(taken.kept, HARK_OK);
  tell(taken.lost, HARK_REJECT);
}

// On the lane, after its last call of the old generation.
std::optional<bus::Callee> Instance::restart(std::string_view why) {
  services_.log.noted(identity_, HARK_LOG_ERROR, "is broken, restarting it: " + std::string(why));
  call_stop(core::now_ns() + restart_stop_ns);
  services_.bus.registry().remove_all(subscriber_, bus::Registry::Which::dynamic);
  call_destroy();
  const std::int64_t now = core::now_ns();
  while (!restarts_ns_.empty() && now - restarts_ns_.front() > options_.restart.within.count())
    restarts_ns_.pop_front();
  while (restarts_ns_.size() < options_.restart.max) {
    restarts_ns_.push_back(core::now_ns());
    ++generation_;
    auto made = call_create();
    if (made) made = call_start();
    if (made) return bus::Callee{&plugin_, instance_, contained_ != nullptr};
    services_.log.noted(identity_, HARK_LOG_ERROR, made.error().message);
    call_destroy();
  }
  services_.log.noted(identity_, HARK_LOG_ERROR,
                      "restarted as often as [defaults] restart allows; it stays out of dispatch");
  // Nobody waits for a source that is gone.
  if (is_source()) api_.table()->finished(api_.table(), HARK_FATAL, core::str("its plugin is broken"));
  return std::nullopt;
}

}  // namespace hark::host
