// A host with plugins made of functions: an Instance each, on a real bus.
#pragma once

#include <catch2/catch.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/text.h"
#include "host/instance.h"
#include "support/eventually.h"
#include "support/temp_folder.h"

namespace hark::test {

class NotedLog final : public host::PluginLog {
 public:
  std::int32_t level() const override { return HARK_LOG_INFO; }
  void said(const bus::Identity& who, std::int32_t level, const hark_delivery* about, std::string_view message,
            std::span<const hark_kv> fields) override {
    std::string line = "said " + who.name + " " + std::to_string(level) + " " + std::string(message);
    if (about != nullptr) line += " attempt " + std::to_string(about->attempt);
    for (const hark_kv& f : fields) line += " " + std::string(core::view(f.k)) + "=" + std::string(core::view(f.v));
    note(line);
  }
  void publish_refused(const bus::Identity& who, std::string_view type, std::string_view why) override {
    note("refused " + who.name + " " + std::string(type) + ": " + std::string(why));
  }
  void noted(const bus::Identity& who, std::int32_t, std::string_view what) override {
    note(who.name + ": " + std::string(what));
  }

  bool has(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    for (const std::string& l : lines_) {
      if (l.find(part) != std::string::npos) return true;
    }
    return false;
  }

 private:
  void note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A plugin whose functions are filled in by the test; what is left alone answers OK. Its calls are noted in order.
class FunctionPlugin {
 public:
  FunctionPlugin() {
    table.size = sizeof table;
    table.caps = HARK_CAP_SUBSCRIBER | HARK_CAP_SOURCE;
    table.id = "test.plugin";
    table.name = table.version = "1";
    table.create = [](const hark_host* h, const hark_create_info* info, hark_instance** out, hark_error* e) {
      FunctionPlugin& p = *reinterpret_cast<FunctionPlugin*>(std::stoull(std::string(core::view(info->options))));
      p.host = h;
      p.generation = info->generation;
      p.note("create");
      const hark_result r = p.on_create ? p.on_create(e) : HARK_OK;
      if (r == HARK_OK) *out = reinterpret_cast<hark_instance*>(&p);
      return r;
    };
    table.start = [](hark_instance* i, hark_error* e) { return self(i).control("start", self(i).on_start, e); };
    table.flush = [](hark_instance* i, std::int64_t, hark_error* e) {
      return self(i).control("flush", self(i).on_flush, e);
    };
    table.stop = [](hark_instance* i, std::int64_t, hark_error* e) {
      return self(i).control("stop", self(i).on_stop, e);
    };
    table.destroy = [](hark_instance* i) {
      self(i).note("destroy");
      if (self(i).on_destroy) self(i).on_destroy();
    };
    table.handle = [](hark_instance* i, const hark_delivery* d, hark_error* e) {
      self(i).note("handle");
      return self(i).on_handle ? self(i).on_handle(*d, e) : HARK_OK;
    };
  }

  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::size_t count(const std::string& call) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(calls_.begin(), calls_.end(), call));
  }
  hark_result publish(std::string_view type, std::uint64_t cause = 0, const hark_event* caused_by = nullptr) const {
    const hark_message m = message(type, cause, caused_by);
    return host->publish(host, &m, nullptr);
  }
  static hark_message message(std::string_view type, std::uint64_t cause = 0, const hark_event* caused_by = nullptr) {
    hark_message m{};
    m.size = sizeof m;
    m.time_ns = HARK_TIME_ABSENT;
    m.type = core::str(type);
    m.cause = cause;
    m.caused_by = caused_by;
    return m;
  }

  hark_plugin table{};
  const hark_host* host = nullptr;
  std::atomic<std::uint32_t> generation{0};
  using Control = std::function<hark_result(hark_error*)>;
  Control on_create, on_start, on_flush, on_stop;
  std::function<hark_result(const hark_delivery&, hark_error*)> on_handle;
  std::function<void()> on_destroy;

 private:
  static FunctionPlugin& self(hark_instance* i) { return *reinterpret_cast<FunctionPlugin*>(i); }
  hark_result control(const char* what, const Control& f, hark_error* e) {
    note(what);
    return f ? f(e) : HARK_OK;
  }
  void note(const char* what) {
    const std::lock_guard lock(mutex_);
    calls_.emplace_back(what);
  }
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
};

inline void say(hark_error* e, std::string_view text) {
  e->len = static_cast<std::uint32_t>(text.copy(e->msg, sizeof e->msg));
}

struct PluginStage {
  ~PluginStage() {
    instances.clear();
    if (std::uncaught_exceptions() != 0) return;
    const bus::LedgerReading reading = bus.read();
    CHECK(reading.balances());
    for (const auto& s : reading.subscribers) CHECK(s.queued + s.in_flight + s.retrying == 0);
  }

  host::Instance& make(FunctionPlugin& plugin, const std::string& name, std::vector<std::string> hears,
                       host::InstanceOptions options = {}) {
    options.name = name;
    options.options_json = std::to_string(reinterpret_cast<std::uintptr_t>(&plugin));
    options.delivery.retry = {2, std::chrono::milliseconds(1), std::chrono::milliseconds(1), false};
    host::PluginFile& file = files.emplace_back();
    file.table = &plugin.table;
    std::vector<host::Instance::Hears> patterns;
    for (const std::string& h : hears) patterns.push_back({topic::Pattern::parse(h).value(), {}});
    return *instances.emplace_back(
        std::make_unique<host::Instance>(host::Services{bus, metrics, log}, file, std::move(options),
                                         std::move(patterns), [this](hark_result r, std::string_view why) {
                                           finished.push_back(std::to_string(r) + " " + std::string(why));
                                         }));
  }
  host::Instance& run(FunctionPlugin& plugin, const std::string& name, std::vector<std::string> hears,
                      host::InstanceOptions options = {}) {
    host::Instance& i = make(plugin, name, std::move(hears), std::move(options));
    REQUIRE(i.create());
    REQUIRE(i.start());
    return i;
  }
  void publish(std::string_view type, std::string_view data = {}) {
    hark_message m = FunctionPlugin::message(type);
    if (!data.empty()) m.data = core::bytes(data);
    std::string why;
    REQUIRE(bus.publish(outside, m, nullptr, nullptr, why) == bus::Publish::ok);
  }
  bool quiet() { return bus.wait_quiet(core::now_ns() + std::chrono::nanoseconds(patience).count()); }
  static std::int64_t soon() { return core::now_ns() + 1'000'000'000; }

  TempFolder folder;
  bus::Observer seen;
  NotedLog log;
  store::Metrics metrics;
  store::DeadLetters letters{folder.path() / "dead.ndjson", 1 << 20};
  std::vector<std::string> finished;
  bus::Bus bus{{16, 1 << 20, 2}, seen, letters};
  bus::Publisher& outside = bus.add_publisher("outside");
  std::deque<host::PluginFile> files;
  std::vector<std::unique_ptr<host::Instance>> instances;
};

}  // namespace hark::test
