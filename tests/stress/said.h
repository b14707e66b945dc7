// What was published, by whom, and what the bus answered: to compare with what arrives.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "bus/in_flight.h"
#include "core/uid.h"

namespace hark::stress {

inline constexpr std::array<std::string_view, 6> types{"t.one",  "t.two",  "t.deep.three",
                                                       "u.four", "t.echo", "t.echo.far"};
inline constexpr std::uint8_t first_echo = 4;  // this type and those after it are of chains only
inline constexpr std::uint32_t echoes = 0;     // the publisher of chains; any thread speaks for it, in no order
inline constexpr std::uint32_t most_publishers = 4;

struct EventId {
  std::uint32_t publisher = 0, n = 0;
};
inline std::string to_text(EventId id) { return std::to_string(id.publisher) + ":" + std::to_string(id.n); }

// An event's data: which one it is, and what its place in its chain must be.
struct Tag {
  EventId id;
  std::string cause = "-", root = "-";
  unsigned hops = 0;

  static Tag after(const bus::ChainLink& link) {
    return {{}, core::to_text(link.cause), core::to_text(link.root), link.hops + 1u};
  }
  std::string text(std::size_t padding = 0) const {
    return "\"" + std::to_string(id.publisher) + " " + std::to_string(id.n) + " " + cause + " " + root + " " +
           std::to_string(hops) + " " + std::string(padding, 'x') + "\"";
  }
  static bool read(std::string_view data, Tag& out) {
    char cause[40], root[40];
    const std::string text(data.substr(0, 120));
    if (std::sscanf(text.c_str(), "\"%u %u %39s %39s %u ", &out.id.publisher, &out.id.n, cause, root, &out.hops) != 5) {
      return false;
    }
    out.cause = cause;
    out.root = root;
    return true;
  }
};

// Thread: any; say() and answered() of one event: its publishing thread.
class Said {
 public:
  static constexpr std::uint32_t most = 1u << 15;  // events of one publisher
  enum State : std::uint8_t { unsaid, saying, admitted, refused };

  void say(EventId id, std::uint8_t type) {
    One& one = at(id);
    one.type = type;
    one.state.store(saying, std::memory_order_release);
  }
  void answered(EventId id, bool ok) { at(id).state.store(ok ? admitted : refused, std::memory_order_release); }
  State state(EventId id) const { return State{at(id).state.load(std::memory_order_acquire)}; }
  std::uint8_t type(EventId id) const { return at(id).type; }

  static bool is_valid(EventId id) { return id.publisher <= most_publishers && id.n < most; }

  // False: the event has another uid than it had before.
  bool is(EventId id, const core::Uid& uid) {
    std::uint64_t halves[2];
    std::memcpy(halves, uid.bytes.data(), 16);
    const std::uint64_t folded = halves[0] ^ halves[1];
    std::uint64_t before = 0;
    return at(id).uid.compare_exchange_strong(before, folded) || before == folded;
  }

 private:
  struct One {
    std::atomic<std::uint64_t> uid{0};
    std::atomic<std::uint8_t> state{unsaid};
    std::uint8_t type = 0;
  };
  One& at(EventId id) { return all_[id.publisher * most + id.n]; }
  const One& at(EventId id) const { return all_[id.publisher * most + id.n]; }

  const std::unique_ptr<One[]> all_{new One[(most_publishers + 1) * most]};
};

}  // namespace hark::stress
