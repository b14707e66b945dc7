// liar LIE HOST_PID: in place of hark-worker. Answers calls well enough, until events come.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "core/futex.h"
#include "worker/uplink.h"

using namespace hark;
using namespace hark::worker;

namespace {

std::uint64_t calls = 0;

void answer(Uplink& up) { up.tell(Up::done, Packer().value(calls).value(hark_result{HARK_OK}).text("").bytes()); }

void lie(Uplink& up, const std::string& what, const EventHead& head) {
  Progress& p = up.words().progress;
  p.ticket = head.ticket;
  if (what == "has done nothing") {
    answer(up);
  } else if (what == "has done more than there is") {
    for (auto& r : p.results) r = HARK_OK;
    p.done = 1'000'000'000;
    answer(up);
  } else if (what == "gives the host's own results") {
    p.results[0] = INT32_MIN + 1;
    p.done = 1;
    answer(up);
  } else if (what == "answers twice") {
    p.results[0] = HARK_OK;
    p.done = 1;
    answer(up);
    answer(up);
  } else if (what == "breaks the ring") {
    up.words().up.written = ~std::uint64_t{0} / 2;
    up.words().up.bell.fetch_add(1);
    core::futex_wake_shared(up.words().up.bell);
    for (;;) pause();
  } else if (what == "blames a stranger") {
    p.ticket = 12345;
    _exit(3);
  } else if (what == "blames nobody") {
    p.ticket = 0;
    _exit(3);
  } else if (what == "blames itself") {
    _exit(3);
  } else if (what == "chatters and ends itself") {
    _exit(3);
  } else if (what == "says nothing") {
    for (;;) pause();
  } else if (what == "asks nonsense") {
    std::mt19937 random(5);
    for (std::uint32_t kind = static_cast<std::uint32_t>(Up::done) + 1; kind < 40; ++kind) {
      for (const std::size_t size : {0u, 1u, 7u, 8u, 16u, 100u, 4000u}) {
        std::string bytes(size, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        up.tell(static_cast<Up>(kind), bytes);
      }
    }
    p.results[0] = HARK_OK;
    p.done = 1;
    answer(up);
  } else if (what == "forges completions") {
    for (std::uint64_t ticket = 0; ticket < 1000; ++ticket) {
      up.ask(Up::complete, Packer().value(ticket).value(hark_result{HARK_OK}).value(std::int64_t{0}).text("").bytes());
    }
    p.results[0] = HARK_OK;
    p.done = 1;
    answer(up);
  }
}

}  // namespace

int main(int, char** argv) {
  auto down = ipc::SharedMemory::map(down_fd, false);
  auto up_memory = ipc::SharedMemory::map(up_fd, true);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Uplink up(std::move(*down), std::move(*up_memory), event_fd);
  ipc::RingReader reader = up.reader();
  if (std::string(argv[1]).starts_with("chatters")) {
    std::thread([&up] {
      const Packer line = Packer().value(std::int32_t{2}).value(std::uint64_t{0}).value(std::uint64_t{0}).text("x");
      for (;;) up.tell(Up::log, line.bytes());
    }).detach();
  }
  for (;;) {
    for (ipc::Frame frame; reader.next(frame); reader.done()) {
      if (static_cast<Down>(frame.kind) != Down::event) {
        ++calls;
        answer(up);
        continue;
      }
      EventHead head;
      std::memcpy(&head, frame.payload.data(), sizeof head);
      if (head.last != 0) ++calls, lie(up, argv[1], head);
    }
    reader.sleep();
  }
}
