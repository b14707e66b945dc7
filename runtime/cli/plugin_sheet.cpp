#include "cli/plugin_sheet.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <utility>

#include "config/schema_rows.h"
#include "core/text.h"

namespace hark::cli {
namespace {

constexpr int name_width = 12;
constexpr std::size_t most_said_lines = 20;

struct Capability {
  std::uint32_t bit;
  const char* words;
};
constexpr Capability capabilities[] = {
    {HARK_CAP_NET, "opens sockets"},
    {HARK_CAP_FS_READ, "reads files"},
    {HARK_CAP_FS_WRITE, "writes files"},
    {HARK_CAP_EXEC, "starts programs"},
    {HARK_CAP_OWN_THREADS, "has threads of its own"},
    {HARK_CAP_IDEMPOTENT, "may handle an event twice"},
    {HARK_CAP_UNLOADABLE, "may be unloaded"},
    {HARK_CAP_INLINE, "may run in the publisher's thread"},
    {HARK_CAP_NEEDS_PROC, "needs a process of its own"},
};

std::string joined(const std::vector<std::string>& words, const char* between, const char* none) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : between) + w;
  return text.empty() ? none : text;
}

std::string claims(std::uint32_t caps) {
  std::vector<std::string> words;
  for (const Capability& c : capabilities) {
    if ((caps & c.bit) != 0) words.emplace_back(c.words);
  }
  return joined(words, ", ", "nothing");
}

std::string threads_text(const host::Description& d) {
  static constexpr const char* models[] = {"one call at a time", "one call at a time, always on the same thread",
                                           "one call at a time for each event key", "many calls at once"};
  std::string text = d.threads < std::size(models) ? models[d.threads] : "unknown";
  text += "; holds " + std::to_string(std::max(d.max_in_flight, 1u)) + " unfinished";
  if (d.max_batch != 0) text += "; batches of " + std::to_string(d.max_batch);
  return text;
}

}  // namespace

void PluginSheet::row(const std::string& name, const std::string& text) {
  std::printf("  %-*s %s\n", name_width, name.c_str(), core::one_line(text).c_str());
  std::fflush(stdout);
}

void PluginSheet::warn(const std::string& text) {
  ++warnings_;
  row("", "warning: " + text);
}

void PluginSheet::file(const host::ElfFacts& facts, const std::vector<host::Export>& exports) {
  if (facts.note) {
    const hark_note& n = *facts.note;
    const std::string major = std::to_string(n.abi_major);
    row("id", std::string(n.id) + " " + n.version);
    row("ABI", major + "." + std::to_string(n.abi_minor) + ", for hosts with plugin ABI " + major + "." +
                   std::to_string(n.min_host_minor) + " or newer (below " + std::to_string(n.abi_major + 1) + ".0)");
    row("fence", (n.flags & HARK_NOTE_FENCED) != 0 ? "yes: it catches by itself what its own code throws" : "no");
    const bool source = (n.caps & HARK_CAP_SOURCE) != 0, subscriber = (n.caps & HARK_CAP_SUBSCRIBER) != 0;
    row("role", source && subscriber ? "source or subscriber" : source ? "source" : subscriber ? "subscriber" : "none");
    row("claims", claims(n.caps));
  } else {
    row("id", "no Hark note");
  }
  std::vector<std::string> names, strangers;
  bool unique = false;
  for (const host::Export& e : exports) {
    if (names.size() < 20) names.push_back(e.name);
    if (!e.name.starts_with("hark_entry_v")) strangers.push_back(e.name);
    unique = unique || e.unique;
  }
  if (names.size() < exports.size()) names.push_back("and " + std::to_string(exports.size() - names.size()) + " more");
  row("exports", joined(names, " ", "nothing that can be seen"));
  if (!strangers.empty()) {
    warn(
        "exports more than its entry, which may meet other plugins' symbols; build it with hark_add_plugin() or its "
        "version script");
  }
  if (unique) warn("has STB_GNU_UNIQUE symbols: it can never be unloaded; build it with -fno-gnu-unique");
  row("needs", joined(facts.needed, " ", "no library"));
  const bool cxx = std::ranges::any_of(facts.needed, [](std::string_view l) { return l.starts_with("libstdc++.so"); });
  row("C++ runtime", facts.private_cxx_runtime ? "private" : cxx ? "shared with the host" : "none");
  row("Go runtime", facts.go_runtime ? "yes" : "none");
}

void PluginSheet::isolation(const host::ElfFacts& facts) {
  const host::Verdict verdict = host::judge(facts, host::Isolation::automatic);
  if (!verdict.accepted) {
    row("isolation", "auto: refused: " + verdict.reason);
    return;
  }
  row("isolation", verdict.process_because.empty()
                       ? "auto: in the host's process, because: fenced, and no runtime in it is foreign to the host"
                       : "auto: process, because: " + verdict.process_because);
  for (const std::string& w : verdict.warnings) warn(w);
}

void PluginSheet::description(const host::Description& d, std::uint32_t caps) {
  if (!d.vendor.empty() || !d.license.empty())
    row("from", d.vendor + (d.vendor.empty() || d.license.empty() ? "" : ", ") + d.license);
  row("calls", threads_text(d));
  if ((caps & HARK_CAP_SUBSCRIBER) != 0) row("hears", joined(d.subscribes, ", ", "nothing unless `on` says so"));
  row("publishes", joined(d.publishes, ", ", "any type"));
}

void PluginSheet::schema(const std::string& schema) {
  if (schema.empty()) {
    row("options", "whatever there is: it brings no schema");
    return;
  }
  const auto rows = config::schema_rows(schema);
  if (!rows) {
    row("options", "a broken schema: " + rows.error().message);
    return;
  }
  std::size_t key_width = 0, rule_width = 0;
  for (const config::SchemaRow& r : *rows) {
    key_width = std::max(key_width, std::min<std::size_t>(r.key.size(), 24));
    rule_width = std::max(rule_width, std::min<std::size_t>(r.rule.size(), 36));
  }
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text + "  ";
  };
  if (rows->empty()) row("options", "none");
  for (const config::SchemaRow& r : *rows) {
    std::string line = padded(r.key, key_width) + padded(r.rule, rule_width) + r.about;
    line.erase(line.find_last_not_of(' ') + 1);
    row(&r == &rows->front() ? "options" : "", line);
  }
}

void PluginSheet::left_row(const char* name, std::int64_t by_first, std::int64_t by_measured, const char* each) {
  char text[160];
  std::snprintf(text, sizeof text, "  %-12s %6lld by the first, %lld by %s", name, static_cast<long long>(by_first),
                static_cast<long long>(by_measured), each);
  row("", text);
}

void PluginSheet::trial(const host::Trial& t) {
  const std::string cycle = "create, start, flush, stop, destroy";
  if (!t.failure.empty()) {
    row("cycle", "FAILED: " + t.failure);
  } else {
    row("cycle",
        cycle + ": " + std::to_string(host::Trial::warm + host::Trial::measured) + " times, all well; left behind:");
    const std::string later = "the last " + std::to_string(host::Trial::measured);
    left_row("descriptors", t.by_first.descriptors, t.by_measured.descriptors, later.c_str());
    left_row("threads", t.by_first.threads, t.by_measured.threads, later.c_str());
    left_row("heap bytes", t.by_first.heap, t.by_measured.heap, "each further one (median)");
    const std::string each = " in " + std::to_string(host::Trial::measured) + " cycles";
    if (t.by_measured.descriptors > 0)
      warn("leaks descriptors: " + std::to_string(t.by_measured.descriptors) + each + ": " + t.open_files);
    if (t.by_measured.threads > 0) warn("leaks threads: " + std::to_string(t.by_measured.threads) + each);
    if (t.by_measured.heap > host::Trial::heap_noise)
      warn("leaks memory: " + std::to_string(t.by_measured.heap) + " bytes in each cycle");
    row("unload", t.unload.empty() ? "not tried, threads are left in it" : t.unload + " (this host unloads nothing)");
  }
  for (const std::string& n : t.noted) warn(n);
  std::vector<std::string> lines;
  std::istringstream said(t.said);
  for (std::string line; std::getline(said, line);) lines.push_back(line);
  const std::size_t skipped = lines.size() > most_said_lines ? lines.size() - most_said_lines : 0;
  for (std::size_t i = skipped; i < lines.size(); ++i)
    row(i == skipped ? "said" : "", (i == skipped && skipped != 0 ? "... " : "") + lines[i]);
}

}  // namespace hark::cli
