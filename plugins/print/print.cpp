// print: shows each event on stdout or stderr. See docs/plugins.md.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <hark/cloudevents.hpp>
#include <hark/plugin.hpp>
#include <string>
#include <system_error>

#include "human_line.h"
#include "input/plugin_options.h"
#include "output/write_lines.h"

namespace {

// One configured subscriber. Called by its lane, one call at a time.
class Print {
 public:
  static constexpr auto info = hark::Info("dev.hark.print", "0.1.0")
                                   .name("print")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .in_flight(1024)
                                   .batch(256)
                                   .options(R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "format": {"enum": ["auto", "human", "json"], "default": "auto",
                 "description": "auto: human on a terminal, else one line of CloudEvents JSON for each event"},
      "to": {"enum": ["stdout", "stderr"], "default": "stdout"}
    }
  })");

  explicit Print(hark::Context& context) {
    const hark::input::PluginOptions options(context.options());
    to_ = options.text("to", "stdout");
    fd_ = to_ == "stderr" ? STDERR_FILENO : STDOUT_FILENO;
    const std::string format = options.text("format", "auto");
    const bool terminal = isatty(fd_) == 1;
    human_ = format == "human" || (format == "auto" && terminal);
    const char* const no_colour = std::getenv("NO_COLOR");  // https://no-color.org
    colour_ = terminal && (no_colour == nullptr || *no_colour == '\0');
  }

  void handle_batch(hark::Batch& batch) {
    std::uint32_t written = 0;  // slots whose lines are out
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      render(*batch[i].event().raw());
      if (!lines_.is_full() && i + 1 != batch.size()) continue;
      const hark::output::Written done = hark::output::write_all(fd_, lines_.text());
      const std::size_t whole = lines_.whole(done.bytes);
      written += static_cast<std::uint32_t>(whole);
      torn_ = done.bytes != lines_.end_of(whole);
      lines_.clear();
      if (done.error != 0) return answer_rest(batch, written, done.error);
    }
  }

 private:
  void render(const hark_event& event) {
    std::string& text = lines_.text();
    if (torn_ && lines_.size() == 0) text.push_back('\n');
    if (human_) {
      hark::print::append_human_line(text, event, colour_);
    } else {
      hark::append_cloudevent(text, event);
    }
    lines_.end_line();
  }

  void answer_rest(hark::Batch& batch, std::uint32_t from, int error) const {
    const std::string cause = std::generic_category().message(error);
    const hark::Result answer = error == EPIPE || error == EBADF ? hark::Result(hark::Reject(to_ + " is closed"))
                                : error == ENOSPC || error == EDQUOT || error == EFBIG
                                    ? hark::Result(hark::Again("write to " + to_ + ": " + cause))
                                    : hark::Result(hark::Retry("write to " + to_ + ": " + cause));
    for (std::uint32_t i = from; i < batch.size(); ++i) batch.answer(i, answer);
  }

  std::string to_;
  int fd_ = STDOUT_FILENO;
  bool human_ = false;
  bool colour_ = false;
  bool torn_ = false;  // the last write ended inside a line
  hark::output::Lines lines_;
};

}  // namespace

HARK_PLUGIN(Print);
