#include "bus/own_thread.h"

#include <utility>

#include "bus/lane.h"
#include "core/pause.h"

namespace hark::bus {

namespace {

void wait(std::chrono::nanoseconds lag) {
  if (lag <= Lane::longest_spin) return core::pause_for(lag);
  std::this_thread::sleep_for(lag);
}

}  // namespace

OwnThread::OwnThread(Cells& cells, Pool& pool) : pool_(pool), cell_(cells), thread_([this] { work(); }) {
  pool_.attend(*cell_, busy_);
}

OwnThread::~OwnThread() {
  {
    core::Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void OwnThread::submit(Lane& lane) {
  {
    core::Lock lock(mutex_);
    lane_ = &lane;
    busy_.store(true, std::memory_order_seq_cst);
  }
  changed_.notify_one();
  pool_.attended_is_busy();
}

void OwnThread::work() {
  cell_.enter_thread();
  for (;;) {
    Lane* lane = nullptr;
    {
      core::Lock lock(mutex_);
      busy_.store(lane_ != nullptr, std::memory_order_seq_cst);
      while (lane_ == nullptr && !stopping_) changed_.wait(mutex_);
      lane = std::exchange(lane_, nullptr);
    }
    if (lane == nullptr) return;
    for (Next next = Next::again; next != Next::sleep;) {
      next = lane->run(*cell_);
      if (next == Next::linger) wait(lane->lag());
    }
  }
}

}  // namespace hark::bus
