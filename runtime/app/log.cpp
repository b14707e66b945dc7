#include "app/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include "app/log_thread.h"
#include "core/text.h"
#include "core/uid.h"

namespace hark::app {
namespace {

constexpr std::size_t most_text = 4096;  // of one line from a plugin

spdlog::level::level_enum to_level(std::int32_t level) {
  switch (level) {
    case HARK_LOG_TRACE: return spdlog::level::trace;
    case HARK_LOG_DEBUG: return spdlog::level::debug;
    case HARK_LOG_INFO: return spdlog::level::info;
    case HARK_LOG_WARN: return spdlog::level::warn;
    default: return spdlog::level::err;
  }
}

// Thread: the log's.
template <class Sink>
class AroundStatusLine final : public Sink {
 public:
  template <class... Arguments>
  explicit AroundStatusLine(StatusLine& line, Arguments... arguments) : Sink(arguments...), line_(line) {}
  void log(const spdlog::details::log_msg& message) override {
    line_.step_aside([&] { Sink::log(message); });
  }

 private:
  StatusLine& line_;
};

// A line is a line: what a plugin says cannot forge another. text: redacted, for here it is changed and cut.
void append_clean(std::string& out, std::string_view text) {
  const std::string_view shown = text.substr(0, most_text);
  out += core::one_line(shown);
  if (shown.size() != text.size()) out += "...";
}

void append_event(std::string& line, const hark_event& e, std::uint32_t attempt) {
  const core::Uid uid = core::Uid::from(e.uid), root = core::Uid::from(e.root);
  line += " event=" + core::to_text(uid);
  if (root != uid) line += " root=" + core::to_text(root);
  if (attempt != 0) line += " attempt=" + std::to_string(attempt);
}

}  // namespace

Log::Log(std::int32_t level, bool colour, core::Redaction redaction)
    : level_(level), redaction_(std::move(redaction)), status_line_(STDERR_FILENO) {
  std::unique_ptr<spdlog::sinks::sink> sink;
  if (colour) {
    sink = std::make_unique<AroundStatusLine<spdlog::sinks::ansicolor_stderr_sink_mt>>(status_line_,
                                                                                       spdlog::color_mode::always);
  } else {
    sink = std::make_unique<AroundStatusLine<spdlog::sinks::stderr_sink_mt>>(status_line_);
  }
  sink->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc));
  thread_ = std::make_unique<LogThread>(std::move(sink), queue_lines);
}

Log::~Log() = default;

void Log::finish() { thread_->finish(); }

std::uint64_t Log::dropped() const { return thread_->dropped(); }

std::string Log::begin(const bus::Identity& who, std::string_view kind, std::string_view text) const {
  std::string line = who.name + ": ";
  if (!kind.empty()) line.append(kind).append(": ");
  append_clean(line, redacted(text));
  line += (who.is_source ? "  source=" : "  subscriber=") + who.name;
  if (!who.plugin.empty()) line += " plugin=" + who.plugin;
  return line;
}

void Log::write(std::int32_t level, std::string_view line) {
  if (level >= level_) thread_->write(to_level(level), redacted(line));
}

void Log::limited(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string line) {
  std::uint64_t held_back = 0;
  if (!limit_.allow(who.name, kind, held_back)) return;
  if (held_back != 0) line += "  (" + std::to_string(held_back) + " more of these were held back)";
  thread_->write(to_level(level), std::move(line));
}

void Log::about(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string_view text,
                const hark_event* event, std::uint32_t attempt) {
  if (level < level_) return;
  std::string line = begin(who, kind, text);
  if (event != nullptr) append_event(line, *event, attempt);
  limited(who, level, kind, std::move(line));
}

void Log::about(const bus::Identity& who, std::int32_t level, std::string_view kind, std::string_view text,
                const core::Uid& event) {
  if (level < level_) return;
  const std::string of = event.is_nil() ? std::string() : " event=" + core::to_text(event);  // nil: a timer's call
  limited(who, level, kind, begin(who, kind, text) + of);
}

void Log::said(const bus::Identity& who, std::int32_t level, const hark_delivery* about, std::string_view message,
               std::span<const hark_kv> fields) {
  if (level < level_) return;
  std::string line = begin(who, {}, message);
  if (about != nullptr) append_event(line, *about->event, about->attempt);
  for (const hark_kv& f : fields) {
    line += ' ';
    append_clean(line, redacted(core::view(f.k)));
    line += '=';
    append_clean(line, redacted(core::view(f.v)));
  }
  limited(who, level, "said", std::move(line));
}

void Log::publish_refused(const bus::Identity& who, std::string_view type, std::string_view why) {
  about(who, HARK_LOG_WARN, "publish refused", std::string(type) + ": " + std::string(why));
}

void Log::noted(const bus::Identity& who, std::int32_t level, std::string_view what) { about(who, level, {}, what); }

}  // namespace hark::app
