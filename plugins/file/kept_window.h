// The lines that are published and not known to be kept yet.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>

namespace hark::file_source {

// Lines get tokens in the order in which they are published; that they are kept may come in any order. A file's offset
// is where the oldest of its lines begins that is not kept: after a crash nothing before it is lost, and at most
// `capacity` lines are published twice.
//
// When full, the reader waits. Thread: kept() by any, the rest by the reader.
class KeptWindow {
 public:
  static constexpr std::size_t capacity = 64 * 1024;

  // False: no room within this time.
  bool wait_for_room(std::chrono::nanoseconds at_most);
  // A token for a line of a file, which ends at `end`; `file` is a number that the reader gave it. Needs room.
  std::uint64_t reserve(std::uint32_t file, std::uint64_t end);
  // Takes back the last one reserved: its line was not published.
  void cancel();
  // Unknown tokens are ignored. True: the first ones since the last call of offsets().
  bool kept(std::span<const std::uint64_t> tokens);

  // Of each file of which something was kept, its offset; and which have lines that are not.
  struct Offsets {
    std::unordered_map<std::uint32_t, std::uint64_t> of;
    std::unordered_map<std::uint32_t, std::size_t> open;
  };
  Offsets offsets();
  // A file that is done with: its offset is no longer asked for.
  void forget(std::uint32_t file);

  void wake();  // who waits for room looks up

 private:
  struct Entry {
    std::uint64_t end;
    std::uint32_t file;
    bool kept;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;  // guarded by mutex_, as is all below; [0] is that of first_
  std::uint64_t first_ = 1;
  std::uint64_t wakes_ = 0;
  std::unordered_map<std::uint32_t, std::uint64_t> settled_;  // of entries that are gone
  bool told_ = false;
};

}  // namespace hark::file_source
