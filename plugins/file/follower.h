// Reads the lines of files and publishes them, on its own thread; remembers how far it came.
#pragma once

#include <hark/plugin.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "followed_files.h"
#include "input/line_buffer.h"
#include "input/line_messages.h"
#include "input/refusals.h"
#include "kept_window.h"

namespace hark::file_source {

// A full queue stops the reading. At most KeptWindow::capacity lines are published and not kept. Positions are written
// when lines are kept, at most every `save_every`.
class Follower {
 public:
  Follower(Context& context, const input::PluginOptions& options);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // The thread's function: returns after stop().
  void run();
  void stop();                                                      // any thread
  void save();                                                      // the positions; after run() has returned
  void kept(std::span<const std::uint64_t> tokens, hark_result r);  // any thread

 private:
  enum class Answer { done, stop };

  std::vector<Position> load();
  void tell_missing(const std::vector<std::string>& paths);
  bool read_round();
  bool read_turn(FollowedFile& file);
  void tell_unreadable(FollowedFile& file, int error);
  void look_for_truncation(FollowedFile& file);
  input::LineBuffer& buffer_of(FollowedFile& file);
  void park(FollowedFile& file);
  Answer take(const FollowedFile& file, const input::Line& line);
  Answer publish(hark_message& message, std::uint64_t token, hark_result& answer);
  void close_those_over();
  void wait(bool more);
  std::int64_t next_deadline_ns() const;
  void between();
  void save_if_due();
  void wake() const;
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  Context& context_;
  const bool follow_;
  const std::string state_file_;  // empty: positions are not kept
  input::LineMessages messages_;
  input::Refusals refusals_;
  FollowedFiles files_;
  KeptWindow window_;
  Descriptor wake_;
  std::unique_ptr<input::LineBuffer> spare_;
  struct Over {
    Position position;
    std::uint32_t number;
  };
  std::vector<Over> over_;  // files that are read and closed, with lines that are not kept yet
  std::string trouble_;     // why the positions could not be written; told when it changes
  std::string failed_;      // what the end is to say
  std::int64_t saved_ns_ = INT64_MIN / 2;
  bool finished_ = false;
  bool tells_kept_ = true;
  std::atomic<bool> dirty_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> told_lost_ = false;
};

}  // namespace hark::file_source
