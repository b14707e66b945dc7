// The file that a path names: rotated by size and age, and opened anew when something else moved it away.
#pragma once

#include <hark/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "append_file.h"
#include "archive.h"
#include "input/plugin_options.h"
#include "interval_sync.h"

namespace hark::log_file {

// Whatever goes wrong with names, the file that is open is written on, and nothing is lost. Thread: the lane's; what
// takes time is done on others, between start() and stop().
class CurrentFile {
 public:
  // Throws hark::Reject: an option makes no sense, or the file cannot be opened.
  CurrentFile(Context& context, const input::PluginOptions& options);

  void start();
  void stop();

  // Before lines are written: rotates when that is due. At most once a second it looks whether the path still leads
  // here.
  void prepare();
  AppendFile& file() { return *file_; }
  void written(std::size_t bytes);
  // How much may be written before the file is to be rotated.
  std::uint64_t room() const { return bytes_ > size_ ? bytes_ - size_ : 0; }
  // After a batch, where the policy says so: errno, or 0.
  int sync_batch() const { return sync_each_batch_ ? file_->sync() : 0; }
  // Opens the path anew, if it leads elsewhere by now.
  void reopen_if_moved();

  const std::string& path() const { return path_; }

 private:
  using Clock = std::chrono::system_clock;

  bool is_due(Clock::time_point now) const;
  void rotate(Clock::time_point now);
  bool reopen();
  void opened();
  void tell_trouble(const std::string& trouble);
  std::int64_t period_of(Clock::time_point time) const;

  Context& context_;
  const std::string path_;
  std::uint64_t bytes_ = UINT64_MAX;
  std::chrono::nanoseconds every_{0};  // 0: however old
  bool sync_each_batch_ = false;
  std::shared_ptr<AppendFile> file_;
  bool regular_ = false;
  std::uint64_t size_ = 0;
  std::int64_t period_ = 0;
  std::int64_t look_ns_ = 0;   // next look at the path
  std::int64_t retry_ns_ = 0;  // no rotation before
  std::string trouble_;        // told
  std::optional<Archive> archive_;
  std::optional<IntervalSync> sync_;
};

}  // namespace hark::log_file
