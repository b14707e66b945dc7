// The host-given id of an event: a UUIDv7 (RFC 9562).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace hark::core {

struct Uid {
  std::array<std::uint8_t, 16> bytes{};

  static Uid from(const std::uint8_t (&raw)[16]) {
    Uid u;
    std::memcpy(u.bytes.data(), raw, 16);
    return u;
  }
  void store(std::uint8_t (&raw)[16]) const { std::memcpy(raw, bytes.data(), 16); }
  bool is_nil() const { return *this == Uid{}; }
  friend bool operator==(const Uid&, const Uid&) = default;
};

// Canonical text: 36 characters, lower case.
std::string to_text(const Uid& uid);

// A new id: 48 bits of Unix milliseconds, a 24-bit counter within the millisecond, 50 random bits.
// Ids of one thread ascend; those of different threads are as unordered as their clocks. Thread: any.
Uid make_uid(std::int64_t wall_ns);

}  // namespace hark::core
