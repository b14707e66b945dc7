#include "worker/uplink.h"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/futex.h"
#include "core/pause.h"

namespace hark::worker {
namespace {

constexpr std::chrono::microseconds no_room_pause(50);
constexpr std::int64_t spin_ns = 20'000;  // for a reply; a host that looks answers within 2 us

std::span<char> ring_of(const ipc::SharedMemory& memory, std::size_t offset, std::size_t bytes) {
  if (memory.size() < offset || memory.size() - offset < bytes) _exit(1);
  return {memory.data() + offset, bytes};
}

}  // namespace

Uplink::Uplink(ipc::SharedMemory down, ipc::SharedMemory up, int event)
    : down_(std::move(down)),
      up_(std::move(up)),
      writer_(words().up, ring_of(up_, ring_offset<WorkerWords>(), host().ring_bytes), host().up, event) {}

ipc::RingReader Uplink::reader() {
  // The words are the host's to write; a reader of its own side only never writes them.
  auto& writer = const_cast<ipc::WriterWords&>(host().down);
  return {writer, ring_of(down_, ring_offset<HostWords>(), host().ring_bytes), words().down};
}

bool Uplink::write(Up kind, std::string_view payload) {
  char* const at = writer_.reserve(payload.size());
  if (at == nullptr) return false;
  std::memcpy(at, payload.data(), payload.size());
  writer_.commit(static_cast<std::uint32_t>(kind), payload.size());
  writer_.flush();
  return true;
}

bool Uplink::tell(Up kind, std::string_view payload) {
  if (payload.size() > ipc::max_payload(host().ring_bytes)) return false;
  for (;;) {
    {
      core::Lock lock(writing_);
      if (write(kind, payload)) return true;
      if (writer_.broken()) _exit(1);
    }
    std::this_thread::sleep_for(no_room_pause);
  }
}

bool Uplink::tell_if_room(Up kind, std::string_view payload) {
  core::Lock lock(writing_);
  return write(kind, payload);
}

Answer Uplink::ask(Up kind, std::string_view payload) {
  core::Lock lock(asking_);
  const std::uint32_t mine = ++serial_;
  if (!tell(kind, payload)) return --serial_, Answer{HARK_TOO_BIG, 0, 0, {}};
  const Reply& reply = host().reply;
  std::uint32_t seen = reply.serial.load(std::memory_order_acquire);
  for (const std::int64_t until = core::now_ns() + spin_ns; seen != mine && core::now_ns() < until;) {
    core::relax();
    seen = reply.serial.load(std::memory_order_acquire);
  }
  while (seen != mine) {
    words().waits_for_reply.store(1, std::memory_order_seq_cst);
    seen = reply.serial.load(std::memory_order_seq_cst);
    if (seen != mine) core::futex_wait_shared(reply.serial, seen);
    seen = reply.serial.load(std::memory_order_acquire);
  }
  words().waits_for_reply.store(0, std::memory_order_relaxed);
  Answer a{reply.result, reply.first, reply.second, {}};
  std::memcpy(a.uid, reply.uid, sizeof a.uid);
  return a;
}

}  // namespace hark::worker
