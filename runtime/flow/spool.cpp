#include "flow/spool.h"

#include <algorithm>
#include <utility>

#include "core/arena.h"

namespace hark::flow {

Spool::Spool(std::filesystem::path folder, std::uint64_t most_bytes, core::Names& names, SpoolObserver& observer,
             std::chrono::nanoseconds slow_after)
    : most_bytes_(most_bytes), slow_after_(slow_after), names_(names), observer_(observer), files_(std::move(folder)) {}

Spool::~Spool() { close({}); }

core::Result<void> Spool::recover(std::vector<std::string>& notes) {
  if (auto found = files_.recover(notes); !found) return found;
  recovered_ = files_.unread_events();
  {
    core::Lock lock(mutex_);
    mirror();
  }
  if (recovered_ != 0) engage();
  return {};
}

// ---- publishers

void Spool::engage() {
  {
    core::Lock lock(mutex_);
    if (engaged_.load(std::memory_order_relaxed) || closing_) return;
    engaged_.store(true, std::memory_order_release);
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  }
  observer_.spool_engaged();
}

Spool::Room Spool::reserve(std::size_t bytes) {
  core::Lock lock(mutex_);
  if (!engaged_.load(std::memory_order_relaxed)) return Room::not_engaged;
  const std::uint64_t in_memory = back_.bytes() + unwritten_.bytes() + written_bytes_ + reserved_;
  const bool fits = !closing_ && (in_memory == 0 || in_memory + bytes <= memory_bytes) &&
                    disk_bytes_ + in_memory + bytes <= most_bytes_;
  if (!fits) {
    wanted_room_ = true;
    changed_.notify_one();
    return Room::full;
  }
  reserved_ += bytes;
  return Room::reserved;
}

void Spool::release(std::size_t bytes) {
  core::Lock lock(mutex_);
  reserved_ -= bytes;
}

void Spool::append(const hark_event& event, const core::Stamp& stamp, std::uint64_t subscription,
                   std::size_t reserved) {
  core::Lock lock(mutex_);
  reserved_ -= reserved;
  const bool first = back_.empty();
  append_frame(back_.frames, event, stamp, {subscription, 1, 0});
  back_.tells.push_back(stamp.tell);
  if (first || back_.bytes() >= memory_bytes / 2) changed_.notify_one();
}

// ---- the lane

std::uint64_t Spool::held() const {
  return kept_ + front_.left() + unread_ + written_events_ + unwritten_.events() + back_.events();
}

std::uint64_t Spool::events() const {
  if (!engaged()) return 0;
  core::Lock lock(mutex_);
  return held();
}

bool Spool::has_events() const {
  if (!engaged()) return false;
  core::Lock lock(mutex_);
  return front_.left() != 0 || (unread_ == 0 && written_events_ == 0 && must_write());
}

// What is oldest in memory goes to the front, when nothing older is on disk.
bool Spool::refill() {
  if (unread_ != 0 || written_events_ != 0) return false;
  Batch& oldest = unwritten_.empty() ? back_ : unwritten_;
  if (oldest.empty()) return false;
  front_ = {};
  std::swap(front_.batch, oldest);
  return true;
}

Spool::Item Spool::unpack_next() {
  const auto* head = reinterpret_cast<const FrameHead*>(front_.batch.frames.data() + front_.at);
  Item item{unpack(*head, names_, front_.batch.tells[front_.taken]), note_of(*head), 0};
  if (!front_.ends.empty()) {
    item.position = first_outstanding_ + outstanding_.size();
    outstanding_.push_back({front_.ends[front_.taken], false});
  }
  front_.at += head->size;
  ++front_.taken;
  return item;
}

void Spool::take(std::vector<Item>& out, std::uint64_t most) {
  core::Lock lock(mutex_);
  while (out.size() < most && (front_.left() != 0 || refill())) out.push_back(unpack_next());
  if (front_.left() == 0 && unread_ != 0) changed_.notify_one();
  if (held() == 0 && reserved_ == 0) {
    engaged_.store(false, std::memory_order_release);
    observer_.spool_dry();
  }
  if (std::exchange(wanted_room_, false)) observer_.spool_has_room();
}

void Spool::settle(std::uint64_t position) {
  core::Lock lock(mutex_);
  outstanding_[position - first_outstanding_].settled = true;
  while (!outstanding_.empty() && outstanding_.front().settled) {
    settled_ = outstanding_.front().end;
    if (!std::exchange(settled_changed_, true)) changed_.notify_one();
    outstanding_.pop_front();
    ++first_outstanding_;
  }
}

// ---- the spool's thread

bool Spool::must_write() const { return !back_.empty() || !unwritten_.empty(); }
bool Spool::must_read() const { return front_.left() == 0 && unread_ != 0; }

void Spool::work() {
  for (Work todo = wait_for_work(); todo.any(); todo = wait_for_work()) {
    if (todo.read) read_some();
    if (todo.write) write_some();
    if (todo.note) note_settled();
    if (todo.sync) sync();
  }
}

// What is to be done now; wake: when to look again, if nothing is.
Spool::Work Spool::work_at(Clock::time_point now, Clock::time_point& wake) const {
  const auto due = [&](bool wanted, Clock::time_point at) {
    if (wanted && at > now) wake = std::min(wake, at);
    return wanted && at <= now;
  };
  return {due(must_write(), retry_at_), due(must_read(), retry_at_), due(settled_changed_, noted_at_ + note_every),
          due(unsynced_, synced_at_ + sync_every)};
}

// Nothing: the spool is being closed.
Spool::Work Spool::wait_for_work() {
  core::Lock lock(mutex_);
  Work todo;
  while (!closing_ && !todo.any()) {
    Clock::time_point wake = Clock::time_point::max();
    todo = work_at(Clock::now(), wake);
    if (todo.any()) break;
    if (wake == Clock::time_point::max()) {
      changed_.wait(mutex_);
    } else {
      changed_.wait_until(mutex_, wake);
    }
  }
  if (closing_) return {};
  // What comes in the next moment is written with it, unless it is much already or somebody waits.
  if (todo.write && unwritten_.empty()) {
    const auto until = Clock::now() + linger;
    while (!closing_ && !wanted_room_ && !must_read() && back_.bytes() < memory_bytes / 2 && Clock::now() < until) {
      changed_.wait_until(mutex_, until);
    }
  }
  return todo;
}

void Spool::sync() {
  unsynced_ = false;
  synced_at_ = Clock::now();
  if (auto synced = files_.sync(); !synced) failed(synced.error());
  look_how_slow(synced_at_);
}

// Of nothing else would one know: while the disk takes its time memory fills, and then publishers wait.
void Spool::look_how_slow(Clock::time_point began) {
  const auto took = Clock::now() - began;
  if (took < slow_after_) {
    slow_ = false;
  } else if (!std::exchange(slow_, true)) {
    observer_.spool_slow(took);
  }
}

void Spool::mirror() {
  unread_ = files_.unread_events();
  disk_bytes_ = files_.bytes();
}

void Spool::failed(const core::Error& why) {
  retry_at_ = Clock::now() + retry_every;
  if (!std::exchange(failing_, true)) observer_.spool_failing(why.message);
  observer_.spool_has_events();  // from memory
}

void Spool::write_some() {
  Batch batch;
  {
    core::Lock lock(mutex_);
    std::swap(batch, unwritten_.empty() ? back_ : unwritten_);
    if (batch.empty()) return;  // the lane was first
    written_events_ = batch.events();
    written_bytes_ = batch.bytes();
  }
  seal_frames(batch.frames);
  const auto began = Clock::now();
  const core::Result<void> written = files_.write(batch.frames, batch.events());
  look_how_slow(began);
  bool room = false;
  {
    core::Lock lock(mutex_);
    written_events_ = written_bytes_ = 0;
    if (written) {
      room = std::exchange(wanted_room_, false);
    } else {
      unwritten_ = std::move(batch);
    }
    mirror();
  }
  if (!written) return failed(written.error());
  unsynced_ = true;
  if (std::exchange(failing_, false)) observer_.spool_works_again();
  tell_kept(batch);
  if (room) observer_.spool_has_room();
}

void Spool::tell_kept(Batch& batch) {
  std::erase(batch.tells, 0u);
  if (!batch.tells.empty()) observer_.spool_kept(batch.tells);
}

void Spool::read_some() {
  Front next;
  const std::uint64_t damaged_before = files_.damaged_events();
  const core::Result<void> done = files_.read(next.batch.frames, next.ends, read_bytes);
  next.batch.tells.assign(next.ends.size(), 0);
  {
    core::Lock lock(mutex_);
    if (!next.batch.empty()) front_ = std::move(next);
    mirror();
  }
  if (done) return observer_.spool_has_events();
  if (const std::uint64_t n = files_.damaged_events() - damaged_before; n != 0) {
    observer_.spool_damaged(n, done.error().message);
  } else {
    failed(done.error());
  }
}

void Spool::note_settled() {
  SpoolFiles::Mark mark;
  {
    core::Lock lock(mutex_);
    mark = settled_;
    settled_changed_ = false;
  }
  noted_at_ = Clock::now();
  const core::Result<void> noted = files_.settle(mark);
  bool room = false;
  {
    core::Lock lock(mutex_);
    mirror();
    room = std::exchange(wanted_room_, false);
  }
  if (!noted) failed(noted.error());
  if (room) observer_.spool_has_room();
}

// ---- the end

std::vector<Spool::Item> Spool::close(std::vector<Item> older) {
  {
    core::Lock lock(mutex_);
    if (closing_) return older;
    closing_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  core::Lock lock(mutex_);
  // A front that never was on disk is older than all that is.
  while (front_.ends.empty() && front_.left() != 0) older.push_back(unpack_next());
  std::vector<Item> unkept;
  keep_older(older, unkept);
  write_rest(unkept);
  [[maybe_unused]] const auto synced = files_.sync();
  mirror();
  engaged_.store(held() != 0, std::memory_order_release);
  return unkept;
}

// Before all that the lane has not taken; what it took from disk is then settled, if only by this.
void Spool::keep_older(const std::vector<Item>& older, std::vector<Item>& unkept) {
  if (!outstanding_.empty()) {
    settled_ = outstanding_.back().end;
    settled_changed_ = true;
  }
  Batch batch;
  for (const Item& item : older) {
    append_frame(batch.frames, *item.record, item.note);
    batch.tells.push_back(item.record->tell);
  }
  seal_frames(batch.frames);
  const bool kept = batch.empty() || files_.write_first(batch.frames);
  if (kept && settled_changed_) [[maybe_unused]]
    const auto noted = files_.settle(settled_);
  for (const Item& item : older) {
    if (!kept && item.position == 0) {
      unkept.push_back(item);
      continue;
    }
    core::release(item.record);  // on disk, at its old place or the new
    ++kept_;
  }
  if (kept) tell_kept(batch);
}

void Spool::write_rest(std::vector<Item>& unkept) {
  for (Batch* batch : {&unwritten_, &back_}) {
    if (batch->empty()) continue;
    seal_frames(batch->frames);
    if (files_.write(batch->frames, batch->events())) {
      tell_kept(*batch);
    } else {
      std::size_t at = 0;
      for (const std::uint32_t tell : batch->tells) {
        const auto* head = reinterpret_cast<const FrameHead*>(batch->frames.data() + at);
        unkept.push_back({unpack(*head, names_, tell), note_of(*head), 0});
        at += head->size;
      }
    }
    batch->clear();
  }
}

}  // namespace hark::flow
