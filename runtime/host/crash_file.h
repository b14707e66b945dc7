// A host's file in the state folder that tells the next one how it ended: gone after an end in order, else with the
// record of the plugin that ended it (crash_record.h), or, when the end came without a word, with the place of its
// cells (bus/cell_file.h).
//
// Hosts may share the folder: each holds a lock on its file, which goes with it however it ends.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "bus/cell_file.h"
#include "core/error.h"
#include "host/crash_record.h"

namespace hark::host {

// Of a host that did not end in order.
struct Death {
  std::optional<CrashRecord> record;       // absent: SIGKILL, a lost machine
  std::vector<bus::CellFile::Call> calls;  // then: what its threads were calling
};

class CrashFile {
 public:
  // folder: made when missing, mode 0700.
  static core::Result<std::unique_ptr<CrashFile>> make(const std::filesystem::path& folder);
  // An end in order: nothing is left behind. No cell is used any more.
  ~CrashFile();
  CrashFile(const CrashFile&) = delete;
  CrashFile& operator=(const CrashFile&) = delete;

  // The same while threads may still use the cells: only the files go. Idempotent.
  void remove();
  // From here on the exit guard records in this file. One at a time.
  void begin_recording();
  bus::Cells* cells() const { return cells_.get(); }  // nullptr: there is no place for them

 private:
  CrashFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::filesystem::path path_;
  const int fd_;
  bool removed_ = false;
  bool recording_ = false;
  bool made_parent_ = false;
  std::unique_ptr<bus::CellFile> cells_;
};

// Of all hosts that have ended, once: what is told is removed.
std::vector<Death> take_deaths(const std::filesystem::path& folder);

}  // namespace hark::host
