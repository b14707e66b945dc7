#include "store/dead_letters.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <hark/cloudevents.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/text.h"

namespace hark::store {
namespace {

std::string system_error(int code) { return std::strerror(code); }

}  // namespace

DeadLetters::~DeadLetters() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t DeadLetters::kept() const {
  core::Lock lock(mutex_);
  return kept_;
}

core::Result<void> DeadLetters::open() {
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);  // open() below tells what is wrong
  fd_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd_ < 0) return core::fail("open " + path_.string() + ": " + system_error(errno));
  struct stat s{};
  if (fstat(fd_, &s) != 0 || !S_ISREG(s.st_mode)) {
    ::close(fd_);
    fd_ = -1;
    return core::fail(path_.string() + ": not a regular file; set [dead_letters] path to one");
  }
  bytes_ = static_cast<std::uint64_t>(s.st_size);
  char last = '\n';
  if (s.st_size > 0 && pread(fd_, &last, 1, s.st_size - 1) == 1 && last != '\n' && ::write(fd_, "\n", 1) == 1) ++bytes_;
  return {};
}

core::Result<void> DeadLetters::append(const DeadLetter& letter) {
  core::Lock lock(mutex_);
  if (fd_ < 0) {
    if (auto opened = open(); !opened) return opened;
  }
  const std::string error = redaction_.apply(letter.error);
  std::array<char, 12> attempts;
  const auto end = std::to_chars(attempts.begin(), attempts.end(), letter.attempts).ptr;
  const std::array<hark_kv, 4> extra{{
      {core::str("harkreason"), core::str(letter.reason)},
      {core::str("harkattempts"), {attempts.data(), static_cast<std::size_t>(end - attempts.data())}},
      {core::str("harkerror"), core::str(error)},
      {core::str("harksubscriber"), core::str(letter.subscriber)},
  }};
  line_.clear();
  hark::append_cloudevent(line_, *letter.event, extra.data(), letter.subscriber.empty() ? 3 : 4);
  line_ += '\n';
  if (bytes_ + line_.size() > max_bytes_) {
    return core::fail(path_.string() + ": full (" + std::to_string(max_bytes_) +
                      " bytes); move it away or raise [dead_letters] bytes");
  }
  const ssize_t n = ::write(fd_, line_.data(), line_.size());
  if (n != static_cast<ssize_t>(line_.size())) {
    const std::string why = n < 0 ? system_error(errno) : "disk full";
    if (n > 0 && ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) bytes_ += static_cast<std::uint64_t>(n);
    return core::fail("write " + path_.string() + ": " + why);
  }
  bytes_ += line_.size();
  ++kept_;
  return {};
}

}  // namespace hark::store
