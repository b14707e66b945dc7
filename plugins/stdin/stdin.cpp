// stdin: each line of standard input becomes an event. See docs/plugins.md.
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <hark/plugin.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "input/line_messages.h"
#include "input/plugin_options.h"
#include "reader.h"

namespace {

using hark::stdin_source::Reader;

// There is one standard input in a process: two readers would each get some of its lines.
std::atomic<bool> taken = false;

// One configured source. start() and stop() come from the host's control thread, the reading is done on its own.
class Stdin {
 public:
  static constexpr auto info = hark::Info("dev.hark.stdin", "0.1.0")
                                   .name("stdin")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .source()
                                   .can(HARK_CAP_OWN_THREADS)
                                   .options(R"({
    "type": "object", "additionalProperties": false,
    "properties": {)" HARK_LINE_OPTIONS R"(
    }
  })");

  explicit Stdin(hark::Context& context) : context_(context) {}
  ~Stdin() {
    stop();
    if (stop_fd_ >= 0) close(stop_fd_);
    release_stdin();
  }

  void start() {
    if (taken.exchange(true)) throw hark::Reject("another source of this process reads stdin already");
    owns_stdin_ = true;
    stop_fd_ = eventfd(0, EFD_CLOEXEC);
    if (stop_fd_ < 0) throw hark::Reject("eventfd: " + std::generic_category().message(errno));
    reader_ =
        std::make_unique<Reader>(context_, hark::input::PluginOptions(context_.options()), STDIN_FILENO, stop_fd_);
    thread_ = std::thread([this] { run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    constexpr std::uint64_t one = 1;
    reader_->stop();
    if (write(stop_fd_, &one, sizeof one) < 0) context_.warn("stdin: cannot wake the reader");
    thread_.join();
    release_stdin();
  }

 private:
  void release_stdin() {
    if (std::exchange(owns_stdin_, false)) taken = false;
  }

  // Nothing may leave a thread: no fence stands around it.
  void run() noexcept {
    try {
      reader_->run();
    } catch (const std::exception& e) {
      context_.finished(hark::Reject(std::string("reading stdin: ") + e.what()));
    }
  }

  hark::Context& context_;
  int stop_fd_ = -1;
  bool owns_stdin_ = false;
  std::unique_ptr<Reader> reader_;
  std::thread thread_;
};

}  // namespace

HARK_PLUGIN(Stdin);
