// hark-worker LIBRARY HOST_PID: one plugin instance in a process of its own. Started by the host; of no use to anybody
// else. Descriptors: worker/protocol.h.
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>

#include "host/plugin_file.h"
#include "worker/uplink.h"
#include "worker/worker_host.h"
#include "worker/worker_loop.h"

namespace {

using namespace hark;

worker::Progress* progress = nullptr;

// Records and lets the signal do its work: the action was reset when it came.
void note_crash(int signal, siginfo_t* info, void* context) {
  std::uint64_t code = 0;
#if defined(__x86_64__)
  code = static_cast<std::uint64_t>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  code = static_cast<ucontext_t*>(context)->uc_mcontext.pc;
#else
  static_cast<void>(context);
#endif
  if (info->si_code > 0) {  // a fault: what is sent by a process has no address
    progress->address.store(reinterpret_cast<std::uintptr_t>(info->si_addr), std::memory_order_relaxed);
    progress->code.store(code, std::memory_order_relaxed);
  }
  progress->signal.store(signal, std::memory_order_release);
  raise(signal);
}

void watch_for_crashes() {
  static std::array<char, 64 * 1024> memory;  // a stack that has overflowed runs no handler
  const stack_t stack{memory.data(), 0, memory.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_sigaction = note_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) sigaction(s, &action, nullptr);
}

// Where the library's code lies, for people who are told where it crashed.
void note_place(const std::filesystem::path& library) {
  struct Search {
    const char* name;
    worker::Progress& into;
  } search{library.c_str(), *progress};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        const Search& s = *static_cast<Search*>(data);
        if (std::strcmp(info->dlpi_name, s.name) != 0) return 0;
        std::uint64_t end = 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          if (const auto& p = info->dlpi_phdr[i]; p.p_type == PT_LOAD)
            end = std::max<std::uint64_t>(end, p.p_vaddr + p.p_memsz);
        }
        s.into.library_begin.store(info->dlpi_addr, std::memory_order_relaxed);
        s.into.library_end.store(info->dlpi_addr + end, std::memory_order_release);
        return 1;
      },
      &search);
}

[[noreturn]] void fail(worker::Uplink& up, const std::string& why) {
  up.tell(worker::Up::done, worker::Packer().value(std::uint64_t{1}).value(hark_result{HARK_FATAL}).text(why).bytes());
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  pid_t host = 0;
  if (argc == 3) std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), host);
  auto down = ipc::SharedMemory::map(worker::down_fd, false);
  auto up_memory = ipc::SharedMemory::map(worker::up_fd, true);
  if (host <= 0 || !down || !up_memory || down->size() < worker::ring_offset<worker::HostWords>() ||
      up_memory->size() < worker::ring_offset<worker::WorkerWords>()) {
    std::fputs("hark-worker: started by hark for a plugin with isolation = \"process\"; not by hand\n", stderr);
    return 2;
  }
  // The host's end is the worker's. It may have ended before the first line took effect.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != host) return 1;
  ::close(worker::down_fd);
  ::close(worker::up_fd);

  static worker::Uplink up(std::move(*down), std::move(*up_memory), worker::event_fd);
  progress = &up.words().progress;
  watch_for_crashes();

  const std::filesystem::path library = argv[1];
  auto facts = host::read_elf(library);
  if (!facts) fail(up, facts.error().message);
  if (!facts->note) fail(up, "no Hark note");
  host::PluginFile file;
  file.path = library;
  file.facts = std::move(*facts);
  const auto plugin = host::enter_plugin(file);
  if (!plugin) fail(up, plugin.error().message);
  note_place(library);

  static worker::WorkerHost table(up);
  if ((*plugin)->on_timer != nullptr) table.plugin_ticks();
  if (((*plugin)->caps & HARK_CAP_SUBSCRIBER) != 0) table.plugin_hears();
  worker::WorkerLoop(up, table, **plugin).run();
  _exit(0);  // not exit(): a destructor of the plugin's could still hang or crash
}
