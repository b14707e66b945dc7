// log-file: appends each event to a file, one line of CloudEvents JSON each. See docs/plugins.md.
#include <cerrno>
#include <hark/cloudevents.hpp>
#include <hark/plugin.hpp>
#include <string>
#include <system_error>

#include "append_file.h"
#include "input/plugin_options.h"
#include "output/write_lines.h"

namespace {

bool is_full_disk(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

std::string path_option(const hark::Context& context) {
  std::string path = hark::input::PluginOptions(context.options()).text("path", "");
  if (path.empty()) throw hark::Reject("option path: the file to append to");
  return path;
}

// One configured subscriber. Called by its lane, one call at a time.
class LogFile {
 public:
  static constexpr auto info = hark::Info("dev.hark.log-file", "0.1.0")
                                   .name("log-file")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .can(HARK_CAP_FS_WRITE)
                                   .in_flight(1024)
                                   .batch(256)
                                   .options(R"({
    "type": "object", "additionalProperties": false, "required": ["path"],
    "properties": {"path": {"type": "string", "minLength": 1, "description": "file to append to"}}
  })");

  explicit LogFile(hark::Context& context) : context_(context), path_(path_option(context)), file_(path_) {
    if (file_.torn())
      context_.warn("the last line of the log file is torn; going on with a new one", {{"path", path_}});
  }

  void handle_batch(hark::Batch& batch) {
    std::uint32_t written = 0;  // slots whose lines are in the file
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      hark::append_cloudevent(lines_.text(), *batch[i].event().raw());
      lines_.end_line();
      if (!lines_.is_full() && i + 1 != batch.size()) continue;
      const auto n = static_cast<std::uint32_t>(lines_.size());
      const auto [whole, error] = write_lines();
      written += whole;
      if (whole != n) return answer_rest(batch, written, error);
    }
  }

 private:
  struct Outcome {
    std::uint32_t whole = 0;
    int error = 0;
  };

  Outcome write_lines() {
    const auto end_of_whole = [this](std::size_t bytes) { return lines_.end_of(lines_.whole(bytes)); };
    const auto done = file_.append(lines_.text(), end_of_whole);
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
  std::string path_;
  hark::log_file::AppendFile file_;
  hark::output::Lines lines_;
  bool full_ = false;
};

}  // namespace

HARK_PLUGIN(LogFile);
