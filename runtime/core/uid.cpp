#include "core/uid.h"

#include <sys/random.h>

namespace hark::core {
namespace {

// splitmix64: uniqueness needs distinct, well-mixed values, not secrecy.
struct Generator {
  std::uint64_t state = 0;
  std::uint64_t last_ms = 0;  // 0: not seeded yet
  std::uint32_t counter = 0;

  void seed() {
    if (getrandom(&state, sizeof state, 0) != static_cast<ssize_t>(sizeof state)) {
      state = reinterpret_cast<std::uintptr_t>(this);
    }
  }
  std::uint64_t next() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
};

void store_be64(std::uint8_t* at, std::uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(at, &v, 8);
}

}  // namespace

Uid make_uid(std::int64_t wall_ns) {
  static constinit thread_local Generator g;
  if (g.last_ms == 0) g.seed();
  const auto ms = static_cast<std::uint64_t>(wall_ns) / 1'000'000u;
  if (ms > g.last_ms) {
    g.last_ms = ms;
    g.counter = 0;
  } else if (++g.counter == 1u << 24) {  // also when the clock stepped back: stay on the last millisecond
    ++g.last_ms;
    g.counter = 0;
  }
  const std::uint64_t high = g.last_ms << 16 | 0x7000u | g.counter >> 12;
  const std::uint64_t low = 0x8000000000000000ull | std::uint64_t{g.counter & 0xfffu} << 50 | g.next() >> 14;
  Uid u;
  store_be64(u.bytes.data(), high);
  store_be64(u.bytes.data() + 8, low);
  return u;
}

std::string to_text(const Uid& uid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = digits[uid.bytes[i] >> 4];
    text[at++] = digits[uid.bytes[i] & 15];
  }
  return text;
}

}  // namespace hark::core
