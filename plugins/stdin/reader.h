// Reads lines from a descriptor and publishes them, on its own thread.
#pragma once

#include <hark/plugin.hpp>

#include <atomic>
#include <string_view>

#include "input/line_buffer.h"
#include "input/line_messages.h"
#include "input/refusals.h"

namespace hark::stdin_source {

// One line is parsed, published and forgotten before the next one is looked at; a full queue stops the reading, and so
// whoever writes into the pipe. Nothing that was read disappears without a trace: see drain().
class Reader {
 public:
  // `fd` is not owned. `stop_fd`: readable once stop() has been called.
  Reader(Context& context, const input::PluginOptions& options, int fd, int stop_fd);

  // The thread's function: returns at the end of input, on a read error (both told to the host as finished), or after
  // stop().
  void run();
  // From another thread, before stop_fd is made readable.
  void stop() { stopping_.store(true, std::memory_order_relaxed); }

 private:
  enum class Read { some, end, failed, stopped };

  Read read_some();
  bool wait_for_input();
  void take(const input::Line& line);
  void refuse(const input::Line& line, std::string_view why);
  hark_result publish(const hark_message& message);
  void drain();
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  Context& context_;
  int fd_;
  int stop_fd_;
  input::LineMessages messages_;
  input::LineBuffer buffer_;
  input::Refusals refusals_;
  std::atomic<bool> stopping_ = false;
  int error_ = 0;
};

}  // namespace hark::stdin_source
