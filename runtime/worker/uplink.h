// The worker's way to the host: what it tells, and what it asks.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <string_view>

#include "core/mutex.h"
#include "ipc/shared_memory.h"
#include "worker/protocol.h"

namespace hark::worker {

struct Answer {
  hark_result result = HARK_CLOSING;
  std::uint64_t first = 0, second = 0;
  std::uint8_t uid[16] = {};
};

// Thread: any.
class Uplink {
 public:
  // Ends the process when the memories are not what the host makes.
  Uplink(ipc::SharedMemory down, ipc::SharedMemory up, int event);

  const HostWords& host() const { return *reinterpret_cast<const HostWords*>(down_.data()); }
  WorkerWords& words() { return *reinterpret_cast<WorkerWords*>(up_.data()); }
  ipc::RingReader reader();  // of what comes down

  // Waits for room as long as it takes. What is longer than the ring takes is not sent: false.
  bool tell(Up kind, std::string_view payload) EXCLUDES(writing_);
  bool tell_if_room(Up kind, std::string_view payload) EXCLUDES(writing_);
  // Tells, and waits for the reply; one thread at a time. TOO_BIG: longer than the ring takes.
  Answer ask(Up kind, std::string_view payload) EXCLUDES(asking_, writing_);

 private:
  bool write(Up kind, std::string_view payload) REQUIRES(writing_);

  ipc::SharedMemory down_, up_;
  core::Mutex writing_, asking_;
  ipc::RingWriter writer_ GUARDED_BY(writing_);
  std::uint32_t serial_ GUARDED_BY(asking_) = 0;
};

}  // namespace hark::worker
