// What one subscriber's full queue overflows into: first in, first out, bounded, kept over the end of the host.
//
//   publishers: reserve, append -> back_ (memory) -> files -> front_ (memory) -> take: the lane
//
// While it is engaged every event for the subscriber goes through here, so that their order holds; when it has run dry
// the lane disengages it. A thread of its own does all the reading and writing of files, so a disk that is slow or full
// holds up neither publishers (as long as back_ has room) nor lanes; what cannot be written stays in memory and goes
// to the lane from there.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/mutex.h"
#include "core/names.h"
#include "flow/spool_files.h"
#include "flow/spool_frame.h"

namespace hark::flow {

// Told from the spool's thread, but for what is said otherwise; room also by the lane. Must not call back into the
// spool.
class SpoolObserver {
 public:
  virtual ~SpoolObserver() = default;
  virtual void spool_engaged() = 0;                                   // by the publisher
  virtual void spool_dry() = 0;                                       // by the lane: disengaged
  virtual void spool_has_events() = 0;                                // take() may have something new
  virtual void spool_has_room() = 0;                                  // reserve() may answer differently
  virtual void spool_kept(std::span<const std::uint32_t> tells) = 0;  // these events are on disk (core::Stamp::tell)
  virtual void spool_failing(std::string_view why) = 0;               // once, when the disk begins to fail
  virtual void spool_works_again() = 0;
  virtual void spool_slow(std::chrono::nanoseconds took) = 0;  // a write or sync; once, until one is fast again
  virtual void spool_damaged(std::uint64_t events, std::string_view why) = 0;  // events that can not be read any more
};

class Spool {
 public:
  static constexpr std::size_t memory_bytes = 1u << 20;        // most in back_, but for one large event
  static constexpr std::size_t read_bytes = 256u << 10;        // most in front_, but for one large event
  static constexpr std::chrono::milliseconds linger{5};        // what comes within it is written together
  static constexpr std::chrono::milliseconds note_every{100};  // how often the disk learns what is settled
  static constexpr std::chrono::seconds sync_every{1}, retry_every{1};

  // A delivery on its way to or from the spool. position: 0, or its place among those read from disk: for settle().
  struct Item {
    core::Record* record = nullptr;  // one reference
    SpoolNote note;
    std::uint64_t position = 0;
  };

  // most_bytes: of files and memory together. slow_after: a write or sync that takes as long is told.
  Spool(std::filesystem::path folder, std::uint64_t most_bytes, core::Names& names, SpoolObserver& observer,
        std::chrono::nanoseconds slow_after = std::chrono::seconds(1));
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // What an earlier host left is found, and engages it. Once, before anything else. notes: what was damaged.
  core::Result<void> recover(std::vector<std::string>& notes) EXCLUDES(mutex_);
  std::uint64_t recovered() const { return recovered_; }

  // ---- publishers: any thread
  bool engaged() const { return engaged_.load(std::memory_order_acquire); }
  void engage() EXCLUDES(mutex_);
  enum class Room : std::uint8_t { reserved, full, not_engaged };
  Room reserve(std::size_t bytes) EXCLUDES(mutex_);  // append() or release() of as many bytes must follow
  void release(std::size_t bytes) EXCLUDES(mutex_);
  void append(const hark_event& event, const core::Stamp& stamp, std::uint64_t subscription, std::size_t reserved)
      EXCLUDES(mutex_);

  // ---- the lane
  // Two looks, in this order: how many events() there are, then, when the ring is empty, take() of no more than that.
  // What a publisher put into the ring before it wrote here is then never overtaken.
  bool has_events() const EXCLUDES(mutex_);  // take() would give some
  // At most `most` events, oldest first; the items are the caller's. Dry: disengages.
  void take(std::vector<Item>& out, std::uint64_t most) EXCLUDES(mutex_);
  void settle(std::uint64_t position) EXCLUDES(mutex_);

  // The end: the thread is joined, what is in memory and `older` (what the lane still had, oldest first) written.
  // Returns those that could not be kept; their records, and only theirs, are still the caller's.
  std::vector<Item> close(std::vector<Item> older) EXCLUDES(mutex_);

  // Events that are here and not with the lane. Any thread.
  std::uint64_t events() const EXCLUDES(mutex_);
  bool empty() const { return events() == 0; }

 private:
  struct Batch {
    Bytes frames;
    std::vector<std::uint32_t> tells;  // one an event
    std::size_t bytes() const { return frames.size(); }
    std::uint64_t events() const { return tells.size(); }
    bool empty() const { return tells.empty(); }
    void clear() { frames.clear(), tells.clear(); }
  };
  struct Front {
    Batch batch;
    std::size_t at = 0, taken = 0;       // bytes, events
    std::vector<SpoolFiles::Mark> ends;  // of each event; empty: it never was on disk
    std::uint64_t left() const { return batch.events() - taken; }
  };
  struct Outstanding {
    SpoolFiles::Mark end;
    bool settled;
  };

  using Clock = std::chrono::steady_clock;
  struct Work {
    bool write = false, read = false, note = false, sync = false;
    bool any() const { return write || read || note || sync; }
  };
  void work() EXCLUDES(mutex_);
  Work wait_for_work() EXCLUDES(mutex_);
  Work work_at(Clock::time_point now, Clock::time_point& wake) const REQUIRES(mutex_);
  bool must_write() const REQUIRES(mutex_);
  bool must_read() const REQUIRES(mutex_);
  void write_some() EXCLUDES(mutex_);
  void read_some() EXCLUDES(mutex_);
  void note_settled() EXCLUDES(mutex_);
  void sync() EXCLUDES(mutex_);
  void tell_kept(Batch& batch);
  void mirror() REQUIRES(mutex_);
  void failed(const core::Error& why) EXCLUDES(mutex_);
  void look_how_slow(Clock::time_point began);
  bool refill() REQUIRES(mutex_);
  Item unpack_next() REQUIRES(mutex_);
  std::uint64_t held() const REQUIRES(mutex_);
  void write_rest(std::vector<Item>& unkept) REQUIRES(mutex_);
  void keep_older(const std::vector<Item>& older, std::vector<Item>& unkept) REQUIRES(mutex_);

  const std::uint64_t most_bytes_;
  const std::chrono::nanoseconds slow_after_;
  core::Names& names_;
  SpoolObserver& observer_;
  SpoolFiles files_;  // the thread's; before it begins and after it has ended, its owner's
  std::uint64_t recovered_ = 0;

  std::atomic<bool> engaged_{false};
  mutable core::Mutex mutex_;
  core::Condition changed_;
  Batch back_ GUARDED_BY(mutex_);
  Batch unwritten_ GUARDED_BY(mutex_);  // older than back_: what the disk did not take
  // What the thread is writing just now.
  std::uint64_t written_events_ GUARDED_BY(mutex_) = 0, written_bytes_ GUARDED_BY(mutex_) = 0;
  Front front_ GUARDED_BY(mutex_);
  std::uint64_t reserved_ GUARDED_BY(mutex_) = 0;                                    // bytes
  std::uint64_t unread_ GUARDED_BY(mutex_) = 0, disk_bytes_ GUARDED_BY(mutex_) = 0;  // files_, as seen by others
  std::deque<Outstanding> outstanding_ GUARDED_BY(mutex_);  // read from disk and handed to the lane
  std::uint64_t first_outstanding_ GUARDED_BY(mutex_) = 1;  // its position
  SpoolFiles::Mark settled_ GUARDED_BY(mutex_);
  bool settled_changed_ GUARDED_BY(mutex_) = false;
  std::uint64_t kept_ GUARDED_BY(mutex_) = 0;  // by close(): what the lane still had
  bool closing_ GUARDED_BY(mutex_) = false;
  bool wanted_room_ GUARDED_BY(mutex_) = false;
  bool failing_ = false, slow_ = false;                      // the thread's
  Clock::time_point retry_at_{}, synced_at_{}, noted_at_{};  // the thread's
  bool unsynced_ = false;
  std::thread thread_;
};

}  // namespace hark::flow
