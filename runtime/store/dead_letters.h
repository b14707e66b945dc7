// Deliveries that were given up, kept with their reason: one CloudEvent a line (NDJSON).
//
// A letter is one write to the file, so a crash tears none; a torn last line from elsewhere is closed with a newline
// when the file is opened. Past `bytes`, or when the file cannot be written, append() answers false: the caller counts
// the event as lost.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/mutex.h"
#include "core/redaction.h"

namespace hark::store {

struct DeadLetter {
  const hark_event* event = nullptr;
  std::string_view subscriber;  // empty: it never became a delivery
  std::string_view reason;      // one word: attempts, rejected, loop, quarantined, shutdown, outcome_unknown, input ...
  std::uint32_t attempts = 0;
  std::string_view error;
};

// Thread: any.
class DeadLetters {
 public:
  // The file is made with the first letter. path: absolute. redaction: of error texts; events are kept as they are.
  DeadLetters(std::filesystem::path path, std::uint64_t max_bytes, core::Redaction redaction = {})
      : path_(std::move(path)), max_bytes_(max_bytes), redaction_(std::move(redaction)) {}
  ~DeadLetters();
  DeadLetters(const DeadLetters&) = delete;
  DeadLetters& operator=(const DeadLetters&) = delete;

  // The error says why it could not be kept (the same one for every letter until it can be again).
  core::Result<void> append(const DeadLetter& letter) EXCLUDES(mutex_);

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t kept() const EXCLUDES(mutex_);

 private:
  core::Result<void> open() REQUIRES(mutex_);

  const std::filesystem::path path_;
  const std::uint64_t max_bytes_;
  const core::Redaction redaction_;
  mutable core::Mutex mutex_;
  int fd_ GUARDED_BY(mutex_) = -1;
  std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t kept_ GUARDED_BY(mutex_) = 0;
  std::string line_ GUARDED_BY(mutex_);
};

}  // namespace hark::store
