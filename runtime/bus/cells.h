// Where the cells of a bus's threads lie: in memory, or in a file that outlives the process (cell_file.h).
#pragma once

#include <unistd.h>

#include "bus/executor.h"
#include "bus/identity.h"
#include "core/signal_ready.h"

namespace hark::bus {

class Lane;

// In memory. Thread: any.
class Cells {
 public:
  Cells() = default;
  virtual ~Cells() = default;
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  virtual Cell& take() { return *new Cell; }
  virtual void give_back(Cell& cell) { delete &cell; }
  // Whose lane it is, for who reads the cells later.
  virtual void introduce(const Lane& /*lane*/, const Identity& /*who*/) {}
};

// One thread's, for as long as it may run lanes.
class HeldCell {
 public:
  explicit HeldCell(Cells& cells) : cells_(cells), cell_(cells.take()) {}
  ~HeldCell() { cells_.give_back(cell_); }
  HeldCell(const HeldCell&) = delete;
  HeldCell& operator=(const HeldCell&) = delete;

  // The thread's first step.
  void enter_thread() const {
    core::be_ready_for_signals();
    cell_.thread.store(gettid(), std::memory_order_release);
  }
  Cell& operator*() const { return cell_; }
  Cell* operator->() const { return &cell_; }

 private:
  Cells& cells_;
  Cell& cell_;
};

}  // namespace hark::bus
