#include "host/exit_guard.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include "bus/call_scope.h"
#include "core/code_ranges.h"
#include "core/signal_ready.h"
#include "core/stack_walk.h"
#include "core/text.h"
#include "host/crash_record.h"

// Everything from here to install_exit_guard() runs in signal handlers: no lock, no allocation, nothing of stdio.
namespace hark::host {
namespace {

constexpr std::array crash_signals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

constinit std::atomic<pid_t> guarded{0};  // 0: nothing is
constinit std::atomic<int> record_fd{-1};
constinit std::atomic<const char*> obsolete_file{nullptr};
constinit std::atomic<bool> ending{false};
constinit CrashRecord record;  // here, because an alternate stack is small
struct sigaction before[crash_signals.size()];
using ExitFunction = void (*)(int);
constinit std::atomic<ExitFunction> next_exit{nullptr};

template <std::size_t n>
void put(char (&to)[n], std::string_view text) {
  to[text.copy(to, n - 1)] = '\0';
}

class Line {
 public:
  Line& operator<<(std::string_view text) {
    for (const char c : text.substr(0, std::min(text.size(), sizeof text_ - 1 - size_)))
      text_[size_++] = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return *this;
  }
  Line& decimal(std::uint64_t n) {
    char digits[20];
    std::size_t at = sizeof digits;
    do digits[--at] = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    return *this << std::string_view(digits + at, sizeof digits - at);
  }
  Line& hex(std::uint64_t n) {
    char digits[16];
    std::size_t at = sizeof digits;
    do digits[--at] = "0123456789abcdef"[n % 16];
    while ((n /= 16) != 0);
    return *this << "0x" << std::string_view(digits + at, sizeof digits - at);
  }
  void write() {
    text_[size_++] = '\n';
    [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, text_, size_);
  }

 private:
  char text_[2048];
  std::size_t size_ = 0;
};

void blame_call(const bus::CallScope& call) {
  record.in_call = record.known = 1;
  put(record.name, call.who->name);
  put(record.plugin, call.who->plugin);
  put(record.version, call.who->version);
  put(record.library, call.who->library);
  put(record.loaded, call.who->loaded);
  record.deliveries = static_cast<std::uint32_t>(call.deliveries.size());
  if (call.deliveries.empty()) return;
  const hark_delivery& first = call.deliveries.front();
  record.ticket = first.ticket;
  std::memcpy(record.event, first.event->uid, sizeof record.event);
  put(record.type, core::view(first.event->type));
}

void blame_code(const core::CodeRange& code) {
  record.known = 1;
  put(record.plugin, code.plugin);
  put(record.version, code.version);
  put(record.library, code.original);
  put(record.loaded, code.file);
}

void write_record() {
  record.magic = CrashRecord::right_magic;
  const int fd = record_fd.load();
  if (fd < 0) return;
  const bool written = pwrite(fd, &record, sizeof record, 0) == static_cast<ssize_t>(sizeof record);
  if (const char* path = obsolete_file.load(); written && path != nullptr) unlink(path);
}

void note_frame(std::uintptr_t address) {
  const core::CodeRange* code = core::code_at(address);
  if (code == nullptr || code->original == nullptr || record.code_file[0] != '\0') return;
  put(record.code_file, code->file);
  record.code_offset = address - code->base;
  if (record.known == 0) blame_code(*code);
}

// Written twice: of a stack that is broken enough the walk may end the process.
void note_crash(const siginfo_t& info, const void* context) {
  record.address = info.si_code > 0 ? reinterpret_cast<std::uintptr_t>(info.si_addr) : 0;
  record.pc = core::program_counter(context);
  note_frame(record.pc);
  write_record();
  std::array<std::uintptr_t, std::size(record.stack)> stack;
  const std::size_t n = core::walk_stack(context, stack);
  for (std::size_t i = 0; i < n; ++i) note_frame(record.stack[i] = stack[i]);
  record.frames = static_cast<std::uint16_t>(n);
  write_record();
}

std::string_view signal_name(int number) {
  switch (number) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGILL: return "SIGILL";
    case SIGFPE: return "SIGFPE";
    default: return "SIGABRT";
  }
}

char hex_digit(unsigned n) { return "0123456789abcdef"[n % 16]; }

void say() {
  Line line;
  line << "hark: ";
  if (record.known == 0) {
    line << "the host died of " << signal_name(record.number) << ", in no call of a plugin, at ";
    return line.hex(record.pc).write();
  }
  line << "plugin " << field(record.plugin) << " " << field(record.version);
  if (record.name[0] != '\0') line << " (" << field(record.name) << ")";
  switch (record.by) {
    case EndedBy::signal: line << " killed the host with " << signal_name(record.number); break;
    case EndedBy::exit: line << " ended the host by calling exit()"; break;
    case EndedBy::underscore_exit: line << " ended the host by calling _exit()"; break;
  }
  if (record.deliveries != 0) {
    char uid[36];
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) uid[at++] = '-';
      uid[at++] = hex_digit(record.event[i] >> 4);
      uid[at++] = hex_digit(record.event[i]);
    }
    line << " while handling event " << std::string_view(uid, at) << " of type `" << field(record.type) << "`";
    if (record.deliveries > 1) (line << " and ").decimal(record.deliveries - 1) << " more";
  } else if (record.in_call == 0) {
    line << " in a thread of its own";
  }
  if (record.code_file[0] != '\0') {
    const std::string_view code = field(record.code_file);
    const std::string_view file = code == field(record.loaded) ? field(record.library) : code;
    (line << ", at " << file.substr(file.rfind('/') + 1) << "+").hex(record.code_offset);
  }
  if (record.by != EndedBy::signal) (line << "; exit status ").decimal(exit_ended_by_plugin);
  line.write();
}

// Once for the process. False: another thread is at it, or this is not the process that is guarded.
bool begin_record(EndedBy by, int number) {
  if (guarded.load() != getpid() || ending.exchange(true)) return false;
  record.by = by;
  record.number = number;
  record.at_s = time(nullptr);
  if (const bus::CallScope* call = bus::current_call; call != nullptr) blame_call(*call);
  return true;
}

void look_who_crashes(int number, siginfo_t* info, void* context) {
  const bool from_outside = info->si_code <= 0 && info->si_pid != getpid();
  if (!from_outside && begin_record(EndedBy::signal, number)) {
    note_crash(*info, context);
    say();
  } else if (!from_outside && guarded.load() == getpid()) {
    for (;;) pause();  // the thread that came first ends the process
  }
  for (std::size_t i = 0; i < crash_signals.size(); ++i) {
    if (crash_signals[i] == number) sigaction(number, &before[i], nullptr);
  }
  // What the processor found wrong happens again on return. What was sent is sent again: it waits until then.
  const bool comes_again = info->si_code > 0 && !(number == SIGBUS && info->si_code == BUS_MCEERR_AO);
  if (!comes_again) syscall(SYS_tgkill, getpid(), gettid(), number);
}

[[noreturn]] void leave(int status) {
  if (const ExitFunction next = next_exit.load()) next(status);
  for (;;) syscall(SYS_exit_group, status);
}

void look_who_exits() {
  if (bus::current_call == nullptr || !begin_record(EndedBy::exit, 0)) return;
  write_record();
  say();
  leave(exit_ended_by_plugin);
}

}  // namespace

void install_exit_guard() {
  core::be_ready_for_signals();
  core::add_code_of_host();
  next_exit = reinterpret_cast<ExitFunction>(dlsym(RTLD_NEXT, "_exit"));
  guarded = getpid();
  std::atexit(look_who_exits);
  std::at_quick_exit(look_who_exits);
  struct sigaction mine{};
  mine.sa_sigaction = look_who_crashes;
  mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int s : crash_signals) sigaddset(&mine.sa_mask, s);  // a fault in the handler ends the process
  for (std::size_t i = 0; i < crash_signals.size(); ++i) sigaction(crash_signals[i], &mine, &before[i]);
}

void record_ends_in(int fd, const char* obsolete) {
  obsolete_file = obsolete;
  record_fd = fd;
}

}  // namespace hark::host

// In place of the C library's, and like them never to return: what a plugin calls is looked up in the executable first.
extern "C" __attribute__((visibility("default"))) void _exit(int status) {
  using namespace hark::host;
  if (hark::bus::current_call == nullptr || !begin_record(EndedBy::underscore_exit, status)) leave(status);
  write_record();
  say();
  leave(exit_ended_by_plugin);
}
extern "C" __attribute__((visibility("default"))) void _Exit(int status) { _exit(status); }
