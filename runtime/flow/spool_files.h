// The part of a spool that is on disk: frames in segment files, first in, first out. docs/spool-format.md
//
// Segments are numbered; what is oldest has the lowest number. A frame that is settled (delivered, or given up) is not
// read again: each segment's header says up to where that holds, and a segment that is settled whole is deleted.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "flow/spool_frame.h"

namespace hark::flow {

// Not thread-safe: the spool's thread, and before it begins and after it has ended, its owner.
class SpoolFiles {
 public:
  static constexpr std::uint64_t segment_bytes = 8u << 20;

  // A place in the files: everything before it.
  struct Mark {
    std::uint64_t segment = 0, offset = 0;
  };

  explicit SpoolFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~SpoolFiles();
  SpoolFiles(const SpoolFiles&) = delete;
  SpoolFiles& operator=(const SpoolFiles&) = delete;

  // Looks what an earlier host has left and counts it. A torn last frame is cut off; from a frame that is damaged on,
  // the rest of its segment is set aside as NAME.damaged. notes: a line for each of these.
  core::Result<void> recover(std::vector<std::string>& notes);

  // Appends sealed frames. After an error nothing of them is there, and the same may be tried again.
  core::Result<void> write(const Bytes& frames, std::uint64_t events);
  // Puts frames before everything that is unsettled, in a segment of their own.
  core::Result<void> write_first(const Bytes& frames);
  core::Result<void> sync();

  // Reads on from where the last read ended: whole frames, about `most` bytes; ends: behind each.
  core::Result<void> read(Bytes& frames, std::vector<Mark>& ends, std::size_t most);

  // Everything before the mark is settled, but for what write_first() has put before it.
  core::Result<void> settle(const Mark& mark);

  std::uint64_t unread_events() const { return unread_events_; }
  std::uint64_t bytes() const { return bytes_; }                    // of all files
  std::uint64_t damaged_events() const { return damaged_events_; }  // that were there and can not be read any more
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t begin = 0, size = 0;  // of what is whole and unsettled, in bytes of the file
    std::uint64_t unread = 0;           // events
    int fd = -1;                        // opened when needed
  };
  core::Result<void> scan(std::uint64_t number, std::vector<std::string>& notes);
  core::Result<void> set_aside(const Bytes& all, std::uint64_t good, Segment& segment,
                               std::vector<std::string>& notes) const;
  core::Result<Segment> create(std::uint64_t number) const;
  bool open(Segment& segment) const;
  void close_idle();
  std::filesystem::path file_of(std::uint64_t number) const;
  core::Error error(std::string_view doing, std::uint64_t number) const;
  void remove(Segment& segment) const;

  const std::filesystem::path folder_;
  std::deque<Segment> segments_;   // oldest first
  Mark read_;                      // where the next read begins
  std::uint64_t settle_from_ = 0;  // segments below are not settled by a mark
  std::uint64_t unread_events_ = 0, bytes_ = 0, damaged_events_ = 0;
};

}  // namespace hark::flow
