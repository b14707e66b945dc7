#include "app/past.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/json_object.h"
#include "app/plan.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/uid.h"

namespace hark::app {
namespace {

using host::BlameEntry;

std::string time_text(std::int64_t at_s) { return std::string(core::format_timestamp(at_s * 1'000'000'000).view()); }

std::string of(std::string_view field) { return core::one_line(field); }

// "audit.so+0x1139", for addr2line; empty when no frame was in a plugin.
std::string code_text(const host::CrashRecord& r) {
  const std::string_view code = host::field(r.code_file);
  if (code.empty()) return {};
  const std::filesystem::path file = code == host::field(r.loaded) ? host::field(r.library) : code;
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%llx", static_cast<unsigned long long>(r.code_offset));
  return of(file.filename().string()) + offset;
}

// The file that was loaded, unless another has taken its place since.
std::filesystem::path culprit(const host::CrashRecord& r) {
  const std::filesystem::path file(of(host::field(r.loaded)));
  struct stat status{};
  return stat(file.c_str(), &status) == 0 && status.st_ctime <= r.at_s ? file : std::filesystem::path();
}

}  // namespace

Past::Past(const config::Config& config, Mode mode)
    : mode_(mode), blame_file_(host::Blame::file_in(config.runtime.state_dir)), config_file_(config.file.string()) {
  if (mode != Mode::look) {
    for (const host::Death& death : host::take_deaths(config.runtime.crashes())) {
      death.record ? blame(*death.record) : tell_killed(death.calls);
    }
    auto own = host::CrashFile::make(config.runtime.crashes());
    if (own) {
      own_ = std::move(*own);
      own_->begin_recording();
    } else {
      faults_.push_back("should a plugin end this host, the next start will not know: " + own.error().message);
    }
  }
  blame_ = host::Blame::read(blame_file_);
}

void Past::blame(const host::CrashRecord& r) {
  const std::string how = host::end_text(r);
  if (r.known == 0) {
    ends_.push_back({"the host before this one died of " + how + ", in no call of a plugin", {}, {}});
    return;
  }
  const std::string library = of(host::field(r.library)), plugin = of(host::field(r.plugin));
  const std::string version = of(host::field(r.version)), instance = of(host::field(r.name));
  const std::string name = host::plugin_name(library), doing = host::doing_text(r), at = code_text(r);
  const std::string code = at.empty() ? std::string() : " at " + at;
  const std::string fate = demote(r, name, how + " while " + doing);
  JsonObject data;
  data.text("name", instance).text("plugin", plugin).text("version", version).text("path", library).text("how", how);
  if (r.deliveries != 0) {
    data.text("event", core::to_text(core::Uid::from(r.event))).text("type", of(host::field(r.type)));
  }
  if (!at.empty()) data.text("address", at);
  data.text("at", time_text(r.at_s)).boolean("demoted", fate.empty());
  const std::string who = plugin + " " + version + (instance.empty() ? std::string() : " (" + instance + ")");
  ends_.push_back({"plugin " + who + " killed the host while " + doing + " (" + how + code + ", " + time_text(r.at_s) +
                       "); " + (fate.empty() ? "from here on it has a process of its own" : fate),
                   data.done(), instance.empty() ? name : instance});
}

// Empty: demoted; else why not.
std::string Past::demote(const host::CrashRecord& r, const std::string& name, const std::string& why) {
  const std::filesystem::path file = culprit(r);
  if (file.empty()) return "its file has been replaced since, so it gets another chance";
  auto entry = host::blame_for(file, name, of(host::field(r.version)), why);
  if (!entry) return "it is not demoted: " + entry.error().message;
  entry->when = time_text(r.at_s);
  const auto written = host::Blame::change(blame_file_, [&](std::vector<BlameEntry>& all) {
    std::erase_if(all, [&](const BlameEntry& e) {
      return e.state != BlameEntry::State::disabled && e.name == name && e.sha256 == entry->sha256;
    });
    all.push_back(*entry);
  });
  return written ? std::string() : "it is not demoted: " + written.error().message;
}

// Killed from outside, as far as can be told: nobody is to blame for having been busy.
void Past::tell_killed(const std::vector<bus::CellFile::Call>& calls) {
  std::string text = "the host before this one was killed, or its machine went down";
  for (const bus::CellFile::Call& c : calls) {
    text += (&c == calls.data() ? "; meanwhile " : ", ") + c.plugin + " " + c.version + " (" + c.name + ") was ";
    if (c.control || c.event.is_nil()) {
      text += "in a call that handles no event";
    } else {
      text += "handling event " + core::to_text(c.event) + " of type `" + c.type + "`";
    }
  }
  ends_.push_back({std::move(text), {}, {}});
}

Past::Against Past::against(PlannedInstance& instance, config::Report& report) const {
  const std::string name = host::plugin_name(instance.file);
  const std::string enable = "`hark plugin enable " + name + " " + config_file_ + "`";
  if (const BlameEntry* e = blame_.disabled(name))
    return {"it is disabled since " + e->when + "; " + enable + " enables it", {}};
  if (const BlameEntry* e = blame_.ever_blamed(name); e != nullptr && mode_ == Mode::safe) {
    instance.left_out = true;
    return {"left out by --safe: it ended a host at " + e->when + ": " + e->why + "; start without --safe", {}};
  }
  const BlameEntry* e = blame_.demoted(instance.file);
  if (e == nullptr) return {};
  const std::string what = "it crashed the host at " + e->when + ": " + e->why;
  const bool in_line = instance.subscriber != nullptr && instance.subscriber->lane.value == config::LaneKind::in_line;
  switch (instance.config->isolation) {
    case config::Isolation::process: return {};
    case config::Isolation::thread:
      report.warning(instance.config->plugin.place,
                     what + "; it is loaded all the same, because isolation = \"thread\" says so");
      return {};
    case config::Isolation::automatic: break;
  }
  const std::string back = enable + " lets it back into the host's process, so does another version of it";
  if (in_line) return {what + ", and an inline lane cannot be in another process; " + back, {}};
  return {{}, what + " (" + back + ")"};
}

}  // namespace hark::app
