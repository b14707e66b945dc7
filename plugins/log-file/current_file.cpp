#include "current_file.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "input/option_units.h"

namespace hark::log_file {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::string path_option(const input::PluginOptions& options) {
  std::string path = options.text("path", "");
  if (path.empty()) throw Reject("option path: the file to append to");
  return path;
}

// Never over another file; where the file system cannot promise that, a name that was free a moment ago must do.
int rename_to_new(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

std::string text_of(int error) { return std::generic_category().message(error); }

}  // namespace

CurrentFile::CurrentFile(Context& context, const input::PluginOptions& options)
    : context_(context), path_(path_option(options)) {
  using std::chrono::nanoseconds;
  bytes_ = input::size_option(options, "rotate/bytes", bytes_);
  every_ = input::duration_option(options, "rotate/every", every_);
  if (options.has("rotate")) {
    if (!options.has("rotate/bytes") && !options.has("rotate/every"))
      throw Reject("option rotate: say when, by `bytes`, `every` or both");
    if (bytes_ == 0) throw Reject("option rotate.bytes: must be at least 1");
    if (options.has("rotate/every") && every_ < std::chrono::seconds(1))
      throw Reject("option rotate.every: must be at least 1s");
    archive_.emplace(path_, Archive::Options{options.number("rotate/keep", 0), options.flag("rotate/gzip", false)},
                     [this](const std::string& why) { context_.error("older log files", {{"error", why}}); });
  }
  const std::string sync = options.text("sync", "never");
  sync_each_batch_ = sync == "batch";
  if (sync != "never" && sync != "batch") {
    const nanoseconds interval = input::duration_option(options, "sync", nanoseconds(0));
    if (interval < std::chrono::milliseconds(1)) throw Reject("option sync: \"never\", \"batch\", or a time from 1ms");
    sync_.emplace(interval, [this](int error) {
      context_.error("the log file cannot be synced", {{"path", path_}, {"error", text_of(error)}});
    });
  }
  file_ = std::make_shared<AppendFile>(path_);
  if (file_->torn()) context_.warn("the last line of the log file is torn; going on with a new one", {{"path", path_}});
  opened();
}

void CurrentFile::start() {
  if (archive_) archive_->start();
  if (sync_) sync_->start();
}

void CurrentFile::stop() {
  if (archive_) archive_->stop();
  if (sync_) sync_->stop();
}

void CurrentFile::opened() {
  const auto status = file_->status();
  regular_ = status.has_value();
  size_ = regular_ ? status->size : 0;
  period_ = period_of(regular_ && size_ != 0 ? status->modified : Clock::now());
  if (archive_ && !regular_) context_.warn("not a regular file: it is not rotated", {{"path", path_}});
}

std::int64_t CurrentFile::period_of(Clock::time_point time) const {
  return every_.count() == 0 ? 0 : std::chrono::nanoseconds(time.time_since_epoch()).count() / every_.count();
}

void CurrentFile::prepare() {
  if (!regular_) return;
  if (const std::int64_t now = context_.now_ns(); now >= look_ns_) {
    look_ns_ = now + second_ns;
    reopen_if_moved();
  }
  if (!archive_) return;
  const Clock::time_point now = Clock::now();
  if (is_due(now)) rotate(now);
}

void CurrentFile::written(std::size_t bytes) {
  if (bytes == 0) return;
  if (size_ == 0) period_ = period_of(Clock::now());
  size_ += bytes;
  if (sync_) sync_->written(file_);
}

bool CurrentFile::is_due(Clock::time_point now) const {
  return size_ != 0 && (size_ >= bytes_ || period_of(now) > period_) && context_.now_ns() >= retry_ns_;
}

void CurrentFile::rotate(Clock::time_point now) {
  retry_ns_ = context_.now_ns() + second_ns;
  if (!file_->is_named()) return reopen_if_moved();
  const std::string older = archive_->next_name(now);
  if (older.empty()) return;
  if (const int error = rename_to_new(path_, older); error != 0)
    return tell_trouble("rename it to \"" + older + "\": " + text_of(error));
  if (!reopen()) {
    (void)rename_to_new(older, path_);  // it is still the one that is written
    return;
  }
  retry_ns_ = 0;
  archive_->tidy();
}

void CurrentFile::reopen_if_moved() {
  if (!regular_ || file_->is_named()) return;
  if (reopen()) context_.info("the log file was moved away: going on in a new one", {{"path", path_}});
}

bool CurrentFile::reopen() {
  try {
    file_ = std::make_shared<AppendFile>(path_);
  } catch (const Reject& e) {
    tell_trouble(e.text());
    return false;
  }
  opened();
  trouble_.clear();
  return true;
}

void CurrentFile::tell_trouble(const std::string& trouble) {
  if (std::exchange(trouble_, trouble) != trouble)
    context_.error("the log file goes on where it is", {{"path", path_}, {"error", trouble}});
}

}  // namespace hark::log_file
