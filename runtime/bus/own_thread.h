// The executor of one AFFINE plugin: every call of it, from create() to destroy(), on the same thread.
#pragma once

#include <condition_variable>
#include <thread>

#include "bus/cells.h"
#include "bus/pool.h"
#include "core/mutex.h"

namespace hark::bus {

class OwnThread final : public Executor {
 public:
  OwnThread(Cells& cells, Pool& pool);  // pool: its watch looks at this thread too
  ~OwnThread() override;

  void submit(Lane& lane) override EXCLUDES(mutex_);

 private:
  void work() EXCLUDES(mutex_);

  Pool& pool_;
  std::atomic<bool> busy_{false};  // from submit() until the lane sleeps
  core::Mutex mutex_;
  core::Condition changed_;
  Lane* lane_ GUARDED_BY(mutex_) = nullptr;
  bool stopping_ GUARDED_BY(mutex_) = false;
  const HeldCell cell_;
  std::thread thread_;
};

}  // namespace hark::bus
