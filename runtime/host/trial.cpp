#include "host/trial.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "core/clock.h"
#include "core/text.h"
#include "host/child.h"
#include "host/instance.h"

namespace hark::host {
namespace {

namespace fs = std::filesystem;

// ---- the child's side

std::vector<std::string> entries(const char* folder) {
  std::vector<std::string> names;
  DIR* dir = opendir(folder);
  if (dir == nullptr) return names;
  const std::string own = std::to_string(dirfd(dir));
  while (const dirent* e = readdir(dir)) {
    if (e->d_name[0] != '.' && own != e->d_name) names.emplace_back(e->d_name);
  }
  closedir(dir);
  return names;
}

// But for the standard ones.
std::multiset<std::string> open_files() {
  std::multiset<std::string> files;
  for (const std::string& fd : entries("/proc/self/fd")) {
    if (fd == "0" || fd == "1" || fd == "2") continue;
    std::error_code failed;
    files.insert(fs::read_symlink("/proc/self/fd/" + fd, failed).string());
  }
  return files;
}

// A thread that has been joined may still be listed for a moment.
std::int64_t settled_threads(std::int64_t expected) {
  const std::int64_t until = core::now_ns() + 20'000'000;
  for (;;) {
    const auto n = static_cast<std::int64_t>(entries("/proc/self/task").size());
    if (n <= expected || core::now_ns() > until) return n;
    std::this_thread::yield();
  }
}

Trial::Left count(std::int64_t expected_threads) {
  const struct mallinfo2 heap = mallinfo2();
  return {static_cast<std::int64_t>(entries("/proc/self/fd").size()), settled_threads(expected_threads),
          static_cast<std::int64_t>(heap.uordblks + heap.hblkhd)};
}

Trial::Left operator-(const Trial::Left& a, const Trial::Left& b) {
  return {a.descriptors - b.descriptors, a.threads - b.threads, a.heap - b.heap};
}

// The plugin's log goes where its printf() goes, in the first cycle; what the host notes is told once.
class TrialLog final : public PluginLog {
 public:
  explicit TrialLog(const Teller& out) : out_(out) {}
  void hush() {
    if (!hushed_.exchange(true)) dup2(nowhere_, STDOUT_FILENO);
  }

  std::int32_t level() const override { return HARK_LOG_TRACE; }
  void said(const bus::Identity&, std::int32_t level, const hark_delivery*, std::string_view message,
            std::span<const hark_kv> fields) override {
    static constexpr const char* names[] = {"trace", "debug", "info", "warn", "error"};
    if (hushed_.load(std::memory_order_relaxed)) return;
    std::string line = std::string(names[std::clamp(level, HARK_LOG_TRACE, HARK_LOG_ERROR)]) + " ";
    line.append(message);
    for (const hark_kv& f : fields) line.append(" ").append(core::view(f.k)).append("=").append(core::view(f.v));
    line += '\n';
    [[maybe_unused]] const ssize_t n = ::write(STDOUT_FILENO, line.data(), line.size());
  }
  void publish_refused(const bus::Identity&, std::string_view type, std::string_view why) override {
    note("publish of `" + std::string(type) + "` refused: " + std::string(why));
  }
  void noted(const bus::Identity&, std::int32_t, std::string_view what) override { note(std::string(what)); }

 private:
  void note(const std::string& what) {
    core::Lock lock(mutex_);
    if (seen_.size() < 20 && seen_.insert(what).second) out_.tell("noted", what);
  }
  const Teller& out_;
  const int nowhere_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // from the start: it counts as no leak
  std::atomic<bool> hushed_{false};
  core::Mutex mutex_;
  std::set<std::string> seen_ GUARDED_BY(mutex_);
};

// A host with one plugin, from its birth to its end.
class Cycle {
 public:
  Cycle(const PluginFile& plugin, const TrialOptions& options, TrialLog& log, const Teller* out)
      : plugin_(plugin), options_(options), log_(log), out_(out) {}

  core::Result<void> run() {
    bus::Observer deaf;
    store::DeadLetters letters(options_.scratch / "dead-letters.ndjson", 1u << 20);
    store::Metrics metrics;
    bus::Bus bus({.threads = 2}, deaf, letters);
    Instance instance({bus, metrics, log_}, plugin_, instance_options(), {}, [](hark_result, std::string_view) {});
    doing("create");
    if (auto created = instance.create(); !created) return created;
    doing("start");
    if (auto started = instance.start(); !started) return started;
    const std::int64_t until = core::now_ns() + std::chrono::nanoseconds(options_.patience).count();
    doing("flush");
    instance.flush(until);
    doing("stop or destroy");
    instance.stop(until);
    return {};
  }

 private:
  InstanceOptions instance_options() const {
    InstanceOptions o;
    o.name = "trial";
    o.role = (plugin_.table->caps & HARK_CAP_SUBSCRIBER) != 0 ? HARK_ROLE_SUBSCRIBER : HARK_ROLE_SOURCE;
    o.options_json = options_.options_json;
    o.state_dir = (options_.scratch / "state").string();
    return o;
  }
  void doing(const char* what) {
    if (out_ != nullptr) out_->tell("doing", what);
  }

  const PluginFile& plugin_;
  const TrialOptions& options_;
  TrialLog& log_;
  const Teller* out_;
};

// A plugin that does nothing: what is left after it is the host's.
const hark_plugin& nothing() {
  static constexpr hark_plugin table = [] {
    hark_plugin p{};
    p.size = sizeof p;
    p.caps = HARK_CAP_SUBSCRIBER;
    p.id = p.name = p.version = "nothing";
    p.create = [](const hark_host* host, const hark_create_info*, hark_instance** out, hark_error*) {
      *out = reinterpret_cast<hark_instance*>(const_cast<hark_host*>(host));
      return hark_result{HARK_OK};
    };
    p.handle = [](hark_instance*, const hark_delivery*, hark_error*) { return hark_result{HARK_OK}; };
    p.destroy = [](hark_instance*) {};
    return p;
  }();
  return table;
}

std::string text_of(const Trial::Left& left) {
  return std::to_string(left.descriptors) + " " + std::to_string(left.threads) + " " + std::to_string(left.heap);
}

// The same number of cycles for the empty plugin first, so that what both have in common can be taken off.
core::Result<void> run_cycles(const PluginFile& plugin, const TrialOptions& options, TrialLog& log, const Teller* out,
                              Trial::Left& by_first, Trial::Left& by_measured) {
  Trial::Left before = count(1);
  const std::int64_t threads = before.threads;
  std::int64_t last_heap = before.heap;
  std::vector<std::int64_t> heap;  // by each measured cycle
  heap.reserve(Trial::measured);
  for (unsigned n = 1; n <= Trial::warm + Trial::measured; ++n) {
    if (out != nullptr) out->tell("cycle", std::to_string(n));
    if (auto done = Cycle(plugin, options, log, out).run(); !done) return done;
    if (out != nullptr) log.hush();
    const Trial::Left now = count(threads);
    if (n == 1) by_first = now - before;
    if (n == Trial::warm) before = now;
    if (n > Trial::warm) heap.push_back(now.heap - last_heap);
    last_heap = now.heap;
  }
  by_measured = count(threads) - before;
  std::ranges::nth_element(heap, heap.begin() + Trial::measured / 2);
  by_measured.heap = heap[Trial::measured / 2];
  return {};
}

void unload(const fs::path& file, const Teller& out) {
  out.tell("doing", "unload");
  void* handle = dlopen(file.c_str(), RTLD_NOLOAD | RTLD_LAZY);
  if (handle == nullptr) return;
  dlclose(handle);
  dlclose(handle);  // and the loader's own
  std::ifstream maps("/proc/self/maps");
  bool mapped = false;
  for (std::string line; std::getline(maps, line);) mapped = mapped || line.ends_with(file.string());
  out.tell("unloaded", mapped ? "no" : "yes");
}

void run_trial(const PluginFile& prepared, const TrialOptions& options, const Teller& out) {
  if (chdir(options.scratch.c_str()) != 0) return out.tell("failed", "the folder for its files is gone");
  TrialLog log(out);
  PluginFile empty;
  empty.table = &nothing();
  Trial::Left host_first, host_measured, first, measured;
  if (auto done = run_cycles(empty, options, log, nullptr, host_first, host_measured); !done)
    return out.tell("failed", done.error().message);
  out.tell("doing", "load");
  const auto table = enter_plugin(prepared);
  if (!table) return out.tell("failed", table.error().message);
  PluginFile plugin;
  plugin.table = *table;
  const std::multiset<std::string> files = open_files();
  if (auto done = run_cycles(plugin, options, log, &out, first, measured); !done)
    return out.tell("failed", done.error().message);
  first.heap -= host_measured.heap;
  measured.heap -= host_measured.heap;
  out.tell("by first", text_of(first));
  out.tell("by measured", text_of(measured));
  const std::multiset<std::string> now = open_files();
  std::vector<std::string> left;
  std::ranges::set_difference(now, files, std::back_inserter(left));
  for (const std::string& file : left) out.tell("open", file);
  out.tell("passed");
  if (first.threads + measured.threads == 0) unload(prepared.loaded(), out);
}

void run_description(const PluginFile& prepared, const Teller& out) {
  const auto table = enter_plugin(prepared);
  if (!table) return out.tell("failed", table.error().message);
  const hark_plugin& p = **table;
  const auto text = [](const char* s) { return s != nullptr ? std::string_view(s) : std::string_view(); };
  const auto events = described_events(p);
  out.tell("id", text(p.id));
  out.tell("version", text(p.version));
  out.tell("caps", std::to_string(p.caps));
  out.tell("functions",
           std::to_string((p.handle_batch != nullptr ? has_handle_batch : 0) |
                          (p.on_timer != nullptr ? has_on_timer : 0) | (p.outcome != nullptr ? has_outcome : 0) |
                          (p.flush != nullptr ? has_flush : 0) | (p.reconfigure != nullptr ? has_reconfigure : 0)));
  out.tell("name", text(p.name));
  out.tell("vendor", text(p.vendor));
  out.tell("license", text(p.license));
  out.tell("schema", text(p.config_schema));
  out.tell("threads", std::to_string(p.threads));
  out.tell("max_in_flight", std::to_string(p.max_in_flight));
  out.tell("max_batch", std::to_string(p.max_batch));
  for (const std::string& s : core::texts(p.subscribes)) out.tell("subscribes", s);
  for (const std::string& s : core::texts(p.publishes)) out.tell("publishes", s);
  if (p.publishes == nullptr) out.tell("publishes any");
  for (const DescribedEvent& e : events ? *events : std::vector<DescribedEvent>()) {
    out.tell("event", e.heard ? "heard" : "published");
    out.tell("event type", e.type);
    out.tell("event schema", e.schema);
  }
  out.tell("described");
}

// ---- the parent's side

std::string text_of(const ChildEnd& end, const char* key) {
  const std::string* value = end.value(key);
  return value != nullptr ? *value : std::string();
}

std::vector<std::string> all_of(const ChildEnd& end, std::string_view key) {
  std::vector<std::string> all;
  for (const ChildEnd::Told& t : end.told) {
    if (t.key == key) all.push_back(t.value);
  }
  return all;
}

std::int64_t number(std::string_view& text) {
  std::int64_t n = 0;
  while (text.starts_with(' ')) text.remove_prefix(1);
  const char* end = std::from_chars(text.data(), text.data() + text.size(), n).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return n;
}

std::uint32_t number_of(const ChildEnd& end, const char* key) {
  const std::string text = text_of(end, key);
  std::string_view rest = text;
  return static_cast<std::uint32_t>(number(rest));
}

Trial::Left left_of(const ChildEnd& end, const char* key) {
  const std::string text = text_of(end, key);
  std::string_view rest = text;
  Trial::Left left;
  left.descriptors = number(rest);
  left.threads = number(rest);
  left.heap = number(rest);
  return left;
}

// "ended the process (Segmentation fault)", in the middle of something.
std::string death(const ChildEnd& end, std::chrono::milliseconds patience) {
  if (!end.in_time)
    return "did not come back within " + std::to_string(std::chrono::ceil<std::chrono::seconds>(patience).count()) +
           " s";
  if (WIFSIGNALED(end.status)) return std::string("ended the process (") + strsignal(WTERMSIG(end.status)) + ")";
  return "ended the process with exit(" + std::to_string(WEXITSTATUS(end.status)) + ")";
}

}  // namespace

core::Result<Description> describe_plugin(const PluginFile& prepared, std::chrono::milliseconds patience) {
  const auto end = in_child(patience, [&](const Teller& out) { run_description(prepared, out); });
  if (!end) return std::unexpected(end.error());
  if (const std::string* failed = end->value("failed")) return core::fail(*failed);
  if (!end->tells("described")) {
    return core::fail("its entry " + death(*end, patience) + (end->said.empty() ? "" : ": " + on_one_line(end->said)));
  }
  Description d;
  d.id = text_of(*end, "id");
  d.name = text_of(*end, "name");
  d.version = text_of(*end, "version");
  d.vendor = text_of(*end, "vendor");
  d.license = text_of(*end, "license");
  d.schema = text_of(*end, "schema");
  d.caps = number_of(*end, "caps");
  d.functions = number_of(*end, "functions");
  d.threads = number_of(*end, "threads");
  d.max_in_flight = number_of(*end, "max_in_flight");
  d.max_batch = number_of(*end, "max_batch");
  d.subscribes = all_of(*end, "subscribes");
  d.publishes = all_of(*end, "publishes");
  d.publishes_any = end->tells("publishes any");
  const std::vector<std::string> directions = all_of(*end, "event"), types = all_of(*end, "event type"),
                                 schemas = all_of(*end, "event schema");
  for (std::size_t i = 0; i < std::min({directions.size(), types.size(), schemas.size()}); ++i) {
    d.events.push_back({directions[i] == "heard", types[i], schemas[i]});
  }
  return d;
}

core::Result<Trial> try_plugin(const PluginFile& prepared, const TrialOptions& options) {
  const auto end = in_child(options.patience, [&](const Teller& out) { run_trial(prepared, options, out); });
  if (!end) return std::unexpected(end.error());
  Trial trial;
  trial.noted = all_of(*end, "noted");
  trial.said = end->said;
  const bool passed = end->tells("passed");
  if (const std::string* failed = end->value("failed")) {
    trial.failure = *failed + " (cycle " + text_of(*end, "cycle") + ")";
  } else if (!passed) {
    trial.failure =
        text_of(*end, "doing") + " " + death(*end, options.patience) + " (cycle " + text_of(*end, "cycle") + ")";
  }
  trial.by_first = left_of(*end, "by first");
  trial.by_measured = left_of(*end, "by measured");
  std::map<std::string, int> open;
  for (const std::string& file : all_of(*end, "open")) ++open[file];
  for (const auto& [file, times] : open) {
    if (trial.open_files.size() > 200) break;
    trial.open_files +=
        (trial.open_files.empty() ? "" : ", ") + file + (times > 1 ? " x " + std::to_string(times) : "");
  }
  if (const std::string* unloaded = end->value("unloaded")) {
    trial.unload = *unloaded == "yes" ? "goes when it is closed" : "stays mapped after dlclose()";
  } else if (passed && text_of(*end, "doing") == "unload") {
    trial.unload = "dlclose() " + death(*end, options.patience);
  }
  return trial;
}

}  // namespace hark::host
