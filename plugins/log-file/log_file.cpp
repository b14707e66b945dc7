// log-file: appends each event to a file, one line of JSON each. See docs/plugins.md.
#include <cerrno>
#include <hark/cloudevents.hpp>
#include <hark/plugin.hpp>
#include <string>
#include <system_error>

#include "current_file.h"
#include "input/plugin_options.h"
#include "output/write_lines.h"

namespace {

bool is_full_disk(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

// One configured subscriber. Called by its lane, one call at a time.
class LogFile {
 public:
  static constexpr auto info = hark::Info("dev.hark.log-file", "0.1.0")
                                   .name("log-file")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .can(HARK_CAP_FS_WRITE | HARK_CAP_OWN_THREADS)
                                   .in_flight(1024)
                                   .batch(256)
                                   .options(R"({
    "type": "object", "additionalProperties": false, "required": ["path"],
    "properties": {
      "path": {"type": "string", "minLength": 1, "description": "file to append to"},
      "content": {"enum": ["event", "data"], "default": "event",
                  "description": "what a line is: the whole CloudEvent, or its data alone"},
      "rotate": {
        "type": "object", "additionalProperties": false, "description": "when to begin a new file",
        "properties": {
          "bytes": {"type": ["string", "integer"], "minLength": 1, "minimum": 1,
                    "description": "once it is so large, such as \"100MiB\""},
          "every": {"type": "string", "minLength": 1, "description": "at each multiple of this time, such as \"24h\""},
          "keep": {"type": "integer", "minimum": 1, "maximum": 100000,
                   "description": "how many older files are kept; absent: all"},
          "gzip": {"type": "boolean", "default": false, "description": "compress older files"}
        }
      },
      "sync": {"type": "string", "minLength": 1, "default": "never",
               "description": "when lines are to be on disk: \"never\", \"batch\", or within a time such as \"1s\""}
    }
  })");

  explicit LogFile(hark::Context& context) : LogFile(context, hark::input::PluginOptions(context.options())) {}

  void start() { file_.start(); }
  void stop() { file_.stop(); }
  // Whoever moved the file away says so by asking for this: SIGHUP.
  void flush() { file_.reopen_if_moved(); }

  void handle_batch(hark::Batch& batch) {
    std::uint32_t written = 0;  // slots whose lines are in the file
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      append_line(*batch[i].event().raw());
      if (!lines_.is_full() && lines_.text().size() < file_.room() && i + 1 != batch.size()) continue;
      const auto n = static_cast<std::uint32_t>(lines_.size());
      const auto [whole, error] = write_lines();
      written += whole;
      if (whole != n) return answer_rest(batch, written, error);
    }
    if (const int error = file_.sync_batch(); error != 0)
      throw hark::Retry("sync \"" + path_ + "\": " + std::generic_category().message(error));
  }

 private:
  LogFile(hark::Context& context, const hark::input::PluginOptions& options)
      : context_(context),
        file_(context, options),
        path_(file_.path()),
        data_alone_(options.text("content", "event") == "data") {}

  void append_line(const hark_event& event) {
    if (data_alone_) {
      hark::append_data_value(lines_.text(), event);
    } else {
      hark::append_cloudevent(lines_.text(), event);
    }
    lines_.end_line();
  }

  struct Outcome {
    std::uint32_t whole = 0;
    int error = 0;
  };

  Outcome write_lines() {
    const auto end_of_whole = [this](std::size_t bytes) { return lines_.end_of(lines_.whole(bytes)); };
    file_.prepare();
    const auto done = file_.file().append(lines_.text(), end_of_whole);
    file_.written(done.bytes);
    const Outcome outcome{static_cast<std::uint32_t>(lines_.whole(done.bytes)), done.error};
    lines_.clear();
    if (done.error == 0 && full_) {
      full_ = false;
      context_.info("the log file takes lines again", {{"path", path_}});
    }
    return outcome;
  }

  // Full: the host holds this subscriber's events, in order, and asks again. Anything else may be this event's bad
  // luck.
  void answer_rest(hark::Batch& batch, std::uint32_t from, int error) {
    const std::string text = "append to \"" + path_ + "\": " + std::generic_category().message(error);
    if (is_full_disk(error) && !full_) {
      full_ = true;
      context_.error("no room in the log file: its events wait until there is",
                     {{"path", path_}, {"error", std::generic_category().message(error)}});
    }
    const hark::Result answer = is_full_disk(error) ? hark::Result(hark::Again(text)) : hark::Result(hark::Retry(text));
    for (std::uint32_t i = from; i < batch.size(); ++i) batch.answer(i, answer);
  }

  hark::Context& context_;
  hark::log_file::CurrentFile file_;
  const std::string& path_;
  const bool data_alone_;
  hark::output::Lines lines_;
  bool full_ = false;
};

}  // namespace

HARK_PLUGIN(LogFile);
