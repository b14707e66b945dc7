// Cells in a mapped file: who was being called is known also when the process ends without a word (SIGKILL).
//
// The file lies in /dev/shm, not with the state: a page of a file on disk is written back now and then, and whoever
// stores to it meanwhile waits for the disk (docs/decisions/0010-cells-in-shared-memory.md). So it does not outlive the
// machine, which is no loss: who was called when the power went is nobody's fault.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bus/cells.h"
#include "core/error.h"
#include "core/mutex.h"

namespace hark::bus {

class CellFile final : public Cells {
 public:
  static constexpr std::size_t most_cells = 1024, most_lanes = 1024;

  // A new file of a name that nobody has; the memory that it takes grows with the cells in use. What does not fit
  // (cells or lanes beyond the most, a full /dev/shm) is in memory only, or not introduced.
  static core::Result<std::unique_ptr<CellFile>> make(const std::filesystem::path& folder = "/dev/shm");
  ~CellFile() override;  // the file stays
  const std::filesystem::path& path() const { return path_; }

  Cell& take() override EXCLUDES(mutex_);
  void give_back(Cell& cell) override EXCLUDES(mutex_);
  void introduce(const Lane& lane, const Identity& who) override EXCLUDES(mutex_);

  // What a thread was doing when the process ended.
  struct Call {
    std::string name, plugin, version, library, loaded;
    bool control = false;  // a [control] call: event, type and ticket are none
    core::Uid event;       // nil: a timer's
    std::string type;
    std::uint64_t ticket = 0;
  };
  // Of a file whose process has ended. Anything may be in it: it fails, or answers texts of a bounded length.
  static core::Result<std::vector<Call>> read(const std::filesystem::path& path);

 private:
  struct Layout;
  CellFile(std::filesystem::path path, int fd, Layout* layout) : path_(std::move(path)), fd_(fd), layout_(layout) {}
  bool reserve(const void* begin, std::size_t size) REQUIRES(mutex_);

  const std::filesystem::path path_;
  const int fd_;
  Layout* const layout_;
  core::Mutex mutex_;
  std::vector<bool> taken_ GUARDED_BY(mutex_) = std::vector<bool>(most_cells);
  std::size_t introduced_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hark::bus
