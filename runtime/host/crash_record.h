// What is written when a plugin ends the host: fixed in size, plain data, filled in by a signal handler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace hark::host {

enum class EndedBy : std::int32_t { signal, exit, underscore_exit };

struct CrashRecord {
  static constexpr std::uint64_t right_magic = 0x3168'7361'7263'6168;  // "hacrash1"

  std::uint64_t magic = 0;  // right_magic, or nothing was recorded
  EndedBy by = EndedBy::signal;
  std::int32_t number = 0;  // of the signal; of _exit(): its status
  std::int64_t at_s = 0;    // Unix time
  std::uint64_t pc = 0, address = 0;

  // Whom: the innermost call of a plugin on that thread; in its absence (a plugin's own thread) whose code it was in.
  std::uint8_t in_call = 0;
  std::uint8_t known = 0;  // 0: neither; the host's own fault, as far as can be told
  std::uint16_t frames = 0;
  std::uint32_t deliveries = 0;  // handled by the call; 0: a [control] call or a timer's
  std::uint64_t ticket = 0;      // this and the next two: of the first one
  std::uint8_t event[16] = {};
  char type[256] = {};
  char name[72] = {};  // of the instance; empty when blamed by its code
  char plugin[128] = {}, version[64] = {};
  char library[1024] = {};  // as it was found
  char loaded[1024] = {};   // the same, or a private copy

  // The innermost frame in a plugin's code: file that is loaded, and address within it, for addr2line.
  char code_file[1024] = {};
  std::uint64_t code_offset = 0;
  std::uint64_t stack[32] = {};  // return addresses, innermost first
};
static_assert(std::is_trivially_copyable_v<CrashRecord>);

// "SIGSEGV", "exit()", "_exit(3)"
std::string end_text(const CrashRecord& record);
// "handling event X of type `T`", "in one of its other calls", "in a thread of its own"
std::string doing_text(const CrashRecord& record);

// A field of a record that was read back: anything may be in it.
template <std::size_t n>
std::string_view field(const char (&text)[n]) {
  const std::string_view all(text, n);
  return all.substr(0, all.find('\0'));
}

}  // namespace hark::host
