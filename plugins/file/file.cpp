// file: each line of files that grow, rotate and come and go becomes an event. See docs/plugins.md.
#include <cstdint>
#include <exception>
#include <hark/plugin.hpp>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "follower.h"
#include "input/line_messages.h"
#include "input/plugin_options.h"

namespace {

using hark::file_source::Follower;

// One configured source. start() and stop() come from the host's control thread, outcome() from any, the reading is
// done on a thread of its own.
class File {
 public:
  static constexpr auto info = hark::Info("dev.hark.file", "0.1.0")
                                   .name("file")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .source()
                                   .can(HARK_CAP_OWN_THREADS | HARK_CAP_FS_READ | HARK_CAP_FS_WRITE)
                                   .options(R"({
    "type": "object", "additionalProperties": false, "required": ["path"],
    "properties": {
      "path": {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": {"type": "string", "minLength": 1},
               "description": "files to read, or patterns of their paths with * ? []"},
      "start": {"enum": ["beginning", "end"], "default": "beginning",
                "description": "where to begin in files that are there at the first start"},
      "follow": {"type": "boolean", "default": true, "description": "false: to the end of the files, and finished"},
      )" HARK_LINE_OPTIONS R"(
    }
  })");

  explicit File(hark::Context& context) : context_(context) {}
  // What the host delivered since stop() has been told in between.
  ~File() {
    stop(0);
    if (follower_) follower_->save();
  }

  void start() {
    follower_ = std::make_unique<Follower>(context_, hark::input::PluginOptions(context_.options()));
    thread_ = std::thread([this] { run(); });
  }

  void outcome(std::uint32_t stage, const std::uint64_t* tokens, std::uint32_t n, hark_result r) {
    if (stage == HARK_STAGE_KEPT) follower_->kept(std::span(tokens, n), r);
  }

  void stop(std::int64_t) {
    if (!thread_.joinable()) return;
    follower_->stop();
    thread_.join();
    follower_->save();
  }

 private:
  // Nothing may leave a thread: no fence stands around it.
  void run() noexcept {
    try {
      follower_->run();
    } catch (const std::exception& e) {
      context_.finished(hark::Reject(std::string("reading files: ") + e.what()));
    }
  }

  hark::Context& context_;
  std::unique_ptr<Follower> follower_;
  std::thread thread_;
};

}  // namespace

HARK_PLUGIN(File);
