#include "flow/spool_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

namespace hark::flow {
namespace {

namespace fs = std::filesystem;

struct SegmentHead {
  std::array<char, 8> magic;
  std::uint32_t version, pad_;
  std::uint64_t settled;  // offset in this file: frames before it are done with
  std::array<std::uint64_t, 5> reserved;
};
static_assert(sizeof(SegmentHead) == 64);
constexpr std::array<char, 8> magic = {'H', 'A', 'R', 'K', 'S', 'P', 'L', '\n'};
constexpr std::uint32_t version = 1;
constexpr std::uint64_t first_number = std::uint64_t{1} << 32;  // write_first() counts down from it
constexpr std::string_view extension = ".spool";

bool write_all(int fd, const void* data, std::size_t n, std::uint64_t at) {
  const char* p = static_cast<const char*>(data);
  while (n != 0) {
    const ssize_t done = ::pwrite(fd, p, n, static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    p += done;
    n -= static_cast<std::size_t>(done);
    at += static_cast<std::uint64_t>(done);
  }
  return true;
}

// How many bytes could be read; fewer than n only at the end of the file. -1: errno.
ssize_t read_all(int fd, char* to, std::size_t n, std::uint64_t at) {
  std::size_t got = 0;
  while (got < n) {
    const ssize_t r = ::pread(fd, to + got, n - got, static_cast<off_t>(at + got));
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return -1;
    if (r == 0) break;
    got += static_cast<std::size_t>(r);
  }
  return static_cast<ssize_t>(got);
}

bool number_of(const fs::path& file, std::uint64_t& number) {
  if (file.extension() != extension) return false;
  const std::string stem = file.stem().string();
  const auto [end, e] = std::from_chars(stem.data(), stem.data() + stem.size(), number, 16);
  return e == std::errc() && end == stem.data() + stem.size() && stem.size() == 16;
}

}  // namespace

SpoolFiles::~SpoolFiles() {
  for (const Segment& s : segments_) {
    if (s.fd >= 0) ::close(s.fd);
  }
}

bool SpoolFiles::open(Segment& segment) const {
  if (segment.fd < 0) segment.fd = ::open(file_of(segment.number).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  return segment.fd >= 0;
}

// A full spool is a hundred files; only those at its two ends are used again and again.
void SpoolFiles::close_idle() {
  for (Segment& s : segments_) {
    const bool used =
        s.number == segments_.front().number || s.number == segments_.back().number || s.number == read_.segment;
    if (!used && s.fd >= 0) ::close(std::exchange(s.fd, -1));
  }
}

fs::path SpoolFiles::file_of(std::uint64_t number) const {
  std::array<char, 17> name;
  std::snprintf(name.data(), name.size(), "%016llx", static_cast<unsigned long long>(number));
  return folder_ / (std::string(name.data()) + std::string(extension));
}

core::Error SpoolFiles::error(std::string_view doing, std::uint64_t number) const {
  return core::Error{file_of(number).string() + ": " + std::string(doing) + ": " + std::strerror(errno)};
}

core::Result<void> SpoolFiles::recover(std::vector<std::string>& notes) {
  std::vector<std::uint64_t> numbers;
  std::error_code e;
  for (fs::directory_iterator it(folder_, e), end; !e && it != end; it.increment(e)) {
    if (std::uint64_t number = 0; number_of(it->path(), number)) numbers.push_back(number);
  }
  if (e && e != std::errc::no_such_file_or_directory && e != std::errc::not_a_directory) {
    return core::fail("cannot read the spool " + folder_.string() + ": " + e.message());
  }
  std::ranges::sort(numbers);
  for (const std::uint64_t number : numbers) {
    if (auto scanned = scan(number, notes); !scanned) return scanned;
  }
  if (!segments_.empty()) read_ = {segments_.front().number, segments_.front().begin};
  return {};
}

// Walks the frames of one file: what is unsettled is counted, what is not whole set aside.
core::Result<void> SpoolFiles::scan(std::uint64_t number, std::vector<std::string>& notes) {
  Segment segment{number};
  if (!open(segment)) return std::unexpected(error("open", number));
  struct stat st{};
  Bytes all;
  if (fstat(segment.fd, &st) == 0) all.resize(static_cast<std::size_t>(st.st_size));
  const ssize_t got = read_all(segment.fd, all.data(), all.size(), 0);
  if (got < 0) return ::close(segment.fd), std::unexpected(error("read", number));
  all.resize(static_cast<std::size_t>(got));
  SegmentHead head{};
  if (all.size() >= sizeof head) std::memcpy(&head, all.data(), sizeof head);
  if (head.magic == magic && head.version == version) {
    segment.begin = std::clamp<std::uint64_t>(head.settled, sizeof head, all.size()) & ~std::uint64_t{15};
    segment.size = segment.begin;
    while (const FrameHead* frame = whole_frame(std::span<const char>(all).subspan(segment.size))) {
      segment.size += frame->size;
      ++segment.unread;
    }
  }
  if (segment.size < all.size()) {
    if (auto aside = set_aside(all, segment.size, segment, notes); !aside) return ::close(segment.fd), aside;
  }
  if (segment.unread == 0) return remove(segment), core::Result<void>{};
  unread_events_ += segment.unread;
  bytes_ += segment.size;
  segments_.push_back(segment);
  close_idle();
  return {};
}

core::Result<void> SpoolFiles::set_aside(const Bytes& all, std::uint64_t good, Segment& segment,
                                         std::vector<std::string>& notes) const {
  const fs::path file = file_of(segment.number), aside = file.string() + ".damaged";
  const int to = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool kept = to >= 0 && write_all(to, all.data() + good, all.size() - good, 0);
  if (to >= 0) ::close(to);
  if (!kept) return std::unexpected(error("set the damaged end aside", segment.number));
  if (::ftruncate(segment.fd, static_cast<off_t>(good)) != 0) {
    return std::unexpected(error("cut off the damaged end", segment.number));
  }
  notes.push_back(file.string() + ": its last " + std::to_string(all.size() - good) +
                  " bytes are no whole events (a crash while they were written, or damage); set aside as " +
                  aside.filename().string());
  return {};
}

core::Result<SpoolFiles::Segment> SpoolFiles::create(std::uint64_t number) const {
  std::error_code e;
  fs::create_directories(folder_, e);
  if (e) return core::fail("cannot make the folder " + folder_.string() + ": " + e.message());
  Segment segment{number, sizeof(SegmentHead), sizeof(SegmentHead), 0,
                  ::open(file_of(number).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (segment.fd < 0) return std::unexpected(error("create", number));
  const SegmentHead head{magic, version, 0, sizeof(SegmentHead), {}};
  if (!write_all(segment.fd, &head, sizeof head, 0)) {
    core::Error why = error("write", number);
    remove(segment);
    return std::unexpected(std::move(why));
  }
  return segment;
}

core::Result<void> SpoolFiles::write(const Bytes& frames, std::uint64_t events) {
  if (segments_.empty() || segments_.back().size >= segment_bytes) {
    const std::uint64_t number =
        segments_.empty() ? std::max(first_number, read_.segment + 1) : segments_.back().number + 1;
    auto made = create(number);
    if (!made) return std::unexpected(std::move(made.error()));
    if (segments_.empty()) read_ = {number, made->size};
    bytes_ += made->size;
    segments_.push_back(*made);
    close_idle();
  }
  Segment& last = segments_.back();
  if (!open(last) || !write_all(last.fd, frames.data(), frames.size(), last.size)) {
    auto why = error("write", last.number);
    // Else recover() does it.
    [[maybe_unused]] const int cut = last.fd >= 0 ? ::ftruncate(last.fd, static_cast<off_t>(last.size)) : -1;
    return std::unexpected(std::move(why));
  }
  last.size += frames.size();
  last.unread += events;
  bytes_ += frames.size();
  unread_events_ += events;
  return {};
}

core::Result<void> SpoolFiles::write_first(const Bytes& frames) {
  const std::uint64_t number = (segments_.empty() ? first_number : segments_.front().number) - 1;
  auto made = create(number);
  if (!made) return std::unexpected(std::move(made.error()));
  if (!write_all(made->fd, frames.data(), frames.size(), made->size) || ::fdatasync(made->fd) != 0) {
    auto why = error("write", number);
    remove(*made);
    return std::unexpected(std::move(why));
  }
  settle_from_ = number + 1;
  made->size += frames.size();
  bytes_ += made->size;
  segments_.push_front(*made);
  return {};
}

core::Result<void> SpoolFiles::sync() {
  if (segments_.empty() || (open(segments_.back()) && ::fdatasync(segments_.back().fd) == 0)) return {};
  return std::unexpected(error("sync", segments_.back().number));
}

core::Result<void> SpoolFiles::read(Bytes& frames, std::vector<Mark>& ends, std::size_t most) {
  frames.clear();
  ends.clear();
  const auto segment = std::ranges::find_if(segments_, [&](const Segment& s) {
    return s.number > read_.segment || (s.number == read_.segment && s.size > read_.offset);
  });
  if (segment == segments_.end()) return {};
  if (segment->number != read_.segment) {
    read_ = {segment->number, segment->begin};
    close_idle();
  }
  FrameHead first{};
  std::uint64_t want = std::min<std::uint64_t>(most, segment->size - read_.offset);
  ssize_t got = -1;
  if (open(*segment)) got = read_all(segment->fd, reinterpret_cast<char*>(&first), sizeof first, read_.offset);
  if (got == sizeof first) {
    want = std::min(std::max<std::uint64_t>(want, first.size), segment->size - read_.offset);
    frames.resize(want);
    got = read_all(segment->fd, frames.data(), want, read_.offset);
  }
  if (got < 0) return frames.clear(), std::unexpected(error("read", segment->number));
  frames.resize(std::min<std::size_t>(frames.size(), static_cast<std::size_t>(got)));
  std::size_t at = 0;
  while (const FrameHead* frame = whole_frame(std::span<const char>(frames).subspan(at))) {
    at += frame->size;
    ends.push_back({read_.segment, read_.offset + at});
  }
  frames.resize(at);
  if (ends.empty()) {  // it was whole when it was written or recovered: somebody else has written to it
    damaged_events_ += segment->unread;
    unread_events_ -= segment->unread;
    segment->unread = 0;
    read_.offset = segment->size;
    return core::fail(file_of(segment->number).string() + ": is damaged; what is left of it cannot be delivered");
  }
  read_.offset += at;
  segment->unread -= ends.size();
  unread_events_ -= ends.size();
  return {};
}

void SpoolFiles::remove(Segment& segment) const {
  if (segment.fd >= 0) ::close(std::exchange(segment.fd, -1));
  ::unlink(file_of(segment.number).c_str());
}

core::Result<void> SpoolFiles::settle(const Mark& mark) {
  auto oldest = std::ranges::find_if(segments_, [&](const Segment& s) { return s.number >= settle_from_; });
  while (oldest != segments_.end() && oldest->number <= mark.segment) {
    if (oldest->number == mark.segment && mark.offset < oldest->size) {
      const std::uint64_t offset = mark.offset;
      if (open(*oldest) && write_all(oldest->fd, &offset, sizeof offset, offsetof(SegmentHead, settled))) return {};
      return std::unexpected(error("note what is delivered", oldest->number));
    }
    bytes_ -= oldest->size;
    remove(*oldest);
    oldest = segments_.erase(oldest);
  }
  return {};
}

}  // namespace hark::flow
