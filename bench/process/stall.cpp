// bench_stall: blocks in its first handle() until the FIFO `until` has a writer that closes it again; from then on it
// takes everything at once. What a subscriber that hangs, and recovers, looks like to its host.
#include <fcntl.h>
#include <unistd.h>

#include <hark/plugin.hpp>
#include <string>

#include "input/plugin_options.h"

namespace {

// Called by its lane, one call at a time.
class Stall {
 public:
  static constexpr auto info =
      hark::Info("dev.hark.bench.stall", "0.1.0").name("stall").can(HARK_CAP_FS_READ).options(R"({
    "type": "object", "additionalProperties": false, "required": ["until"],
    "properties": {"until": {"type": "string", "minLength": 1, "description": "the FIFO to wait for"}}
  })");

  explicit Stall(hark::Context& context) : until_(hark::input::PluginOptions(context.options()).text("until", "")) {}

  void handle(const hark::Delivery&) {
    if (released_) return;
    const int fd = open(until_.c_str(), O_RDONLY | O_CLOEXEC);
    char byte;
    while (fd >= 0 && read(fd, &byte, 1) > 0) {
    }
    if (fd >= 0) close(fd);
    released_ = true;
  }

 private:
  const std::string until_;
  bool released_ = false;
};

}  // namespace

HARK_PLUGIN(Stall);
