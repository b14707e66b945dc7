// The one line of a terminal that changes in place, and what keeps it apart from the lines that stay.
#pragma once

#include <string>

#include "core/mutex.h"

namespace hark::app {

// Thread: any. Nothing is written until the first show(), and nothing is left after erase().
class StatusLine {
 public:
  explicit StatusLine(int terminal) : terminal_(terminal) {}

  // Cut to the terminal's width, whatever that is now; one column a byte. A terminal that takes nothing (Ctrl-S), or
  // that is another job's now, is left alone.
  void show(std::string text) EXCLUDES(mutex_);
  void erase() EXCLUDES(mutex_);

  // Whole lines to the same terminal, by somebody else: the line is out of their way meanwhile.
  template <class Write>
  void step_aside(Write&& write) EXCLUDES(mutex_) {
    core::Lock lock(mutex_);
    wipe();
    write();
    draw();
  }

 private:
  void draw() REQUIRES(mutex_);
  void wipe() REQUIRES(mutex_);

  const int terminal_;
  core::Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);   // what is to be seen; empty: nothing
  std::string drawn_ GUARDED_BY(mutex_);  // what is
};

}  // namespace hark::app
