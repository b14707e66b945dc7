// SPDX-License-Identifier: Apache-2.0
// Info: what a plugin says about itself, at compile time, for the host to read from the file before any code runs.
//
//   static constexpr auto info = hark::Info("com.example.greet", "1.0.0").hears("hi").publishes("greeted");
#pragma once

#include <hark/plugin.h>

#include <cstdint>

namespace hark {

enum class Threads : std::uint32_t {
  serial = HARK_THREADS_SERIAL,         // one handler call at a time, on changing threads (default)
  affine = HARK_THREADS_AFFINE,         // all calls on one thread, from constructor to destructor
  keyed = HARK_THREADS_KEYED,           // concurrent, but one at a time for each event key
  concurrent = HARK_THREADS_CONCURRENT  // handlers run beside each other
};

// An event whose data is described: hark::event<ErrorEvent>, of hark/typed.hpp.
struct EventType {
  const char* type;
  const char* (*schema)();  // JSON Schema of its data, static; may throw
};

// Every function returns a changed copy. At most 31 patterns and 31 types. Text must be literals: it is kept by
// address.
class Info {
 private:
  static constexpr std::uint32_t length(const char* s) {
    std::uint32_t n = 0;
    while (s[n] != '\0') ++n;
    return n;
  }
  template <std::size_t N>
  static constexpr void copy(char (&to)[N], const char* from) {
    for (std::size_t i = 0; from[i] != '\0' && i + 1 < N; ++i) to[i] = from[i];
  }
  template <class M, class V>
  constexpr Info with(M Info::* member, V value) const {
    Info copy = *this;
    copy.*member = value;
    return copy;
  }
  using Schema = const char* (*)();
  struct Schemas {
    Schema of[32] = {};
    // A bit for each that is there: with -fsanitize=undefined g++ takes no `!= nullptr` of a function in a constant.
    std::uint32_t there = 0;
    constexpr bool has(int i) const { return (there >> i & 1u) != 0; }
  };
  static constexpr int add(const char* (&list)[32], const char* type) {
    int n = 0;
    while (list[n] != nullptr) ++n;
    if (n == 31) throw "hark::Info: more than 31 types";
    list[n] = type;
    return n;
  }
  static constexpr void add(const char* (&list)[32], Schemas& schemas, const EventType& event) {
    const int n = add(list, event.type);
    schemas.of[n] = event.schema;
    schemas.there |= 1u << n;
  }
  static constexpr void add(const char* (&list)[32], Schemas&, const char* text) { add(list, text); }

 public:
  // id: stable for ever, at most 63 bytes; version: at most 23.
  constexpr Info(const char* id, const char* version) : id_(id), name_(id), version_(version) {
    if (length(id) == 0 || length(id) > 63) throw "hark::Info: the id has 1 to 63 bytes";
    if (length(version) == 0 || length(version) > 23) throw "hark::Info: the version has 1 to 23 bytes";
  }

  constexpr Info name(const char* text) const { return with(&Info::name_, text); }
  constexpr Info vendor(const char* text) const { return with(&Info::vendor_, text); }
  constexpr Info license(const char* spdx) const { return with(&Info::license_, spdx); }
  // JSON Schema of the options; the host checks them before the constructor sees them.
  constexpr Info options(const char* schema) const { return with(&Info::schema_, schema); }

  // The patterns heard when the config names none: texts, or hark::event<E> for a type whose data is a declared struct.
  template <class... Pattern>
  constexpr Info hears(Pattern... patterns) const {
    Info copy = *this;
    (copy.add(copy.subscribes_, copy.heard_, patterns), ...);
    return copy;
  }
  // All the types it may publish, likewise; unsaid: any.
  template <class... Type>
  constexpr Info publishes(Type... types) const {
    Info copy = *this;
    (copy.add(copy.publishes_, copy.published_, types), ...);
    return copy;
  }

  // May stand under [sources]. What has a handler may stand under [subscribers] without saying so.
  constexpr Info source() const { return can(HARK_CAP_SOURCE); }
  // More HARK_CAP_*.
  constexpr Info can(std::uint32_t caps) const { return with(&Info::caps_, caps_ | caps); }
  constexpr Info threads(Threads model) const { return with(&Info::threads_, model); }
  // Most deliveries that may be pending at once; default 1.
  constexpr Info in_flight(std::uint32_t n) const { return with(&Info::max_in_flight_, n); }
  // Longest batch for handle_batch(); the host takes the smaller of this and in_flight.
  constexpr Info batch(std::uint32_t n) const { return with(&Info::max_batch_, n); }
  // Refuse hosts of an older minor ABI version.
  constexpr Info min_host(std::uint16_t minor) const { return with(&Info::min_host_, minor); }

  constexpr std::uint32_t caps() const { return caps_; }
  constexpr std::uint16_t min_host() const { return min_host_; }
  constexpr Threads threads() const { return threads_; }
  constexpr bool batches() const { return max_batch_ != 0; }
  // f(HARK_EVENT_HEARD or HARK_EVENT_PUBLISHED, EventType) for each event that is described.
  template <class F>
  constexpr void each_event(F&& f) const {
    for (int i = 0; subscribes_[i] != nullptr; ++i) {
      if (heard_.has(i)) f(std::uint32_t{HARK_EVENT_HEARD}, EventType{subscribes_[i], heard_.of[i]});
    }
    for (int i = 0; publishes_[i] != nullptr; ++i) {
      if (published_.has(i)) f(std::uint32_t{HARK_EVENT_PUBLISHED}, EventType{publishes_[i], published_.of[i]});
    }
  }
  constexpr std::uint32_t count_events() const {
    std::uint32_t n = 0;
    each_event([&n](std::uint32_t, const EventType&) { ++n; });
    return n;
  }

  constexpr hark_note note(std::uint32_t caps) const {
    hark_note n{};
    n.namesz = 4;
    n.descsz = sizeof(hark_note) - 16;
    n.type = 1;
    n.owner[0] = 'H';
    n.owner[1] = 'R';
    n.owner[2] = 'K';
    n.abi_major = HARK_ABI_MAJOR;
    n.abi_minor = HARK_ABI_MINOR;
    n.min_host_minor = min_host_;
    n.flags = HARK_NOTE_FENCED;
    n.caps = caps;
    copy(n.id, id_);
    copy(n.version, version_);
    return n;
  }

  // The data part of the table; this Info must have static storage.
  constexpr hark_plugin table(std::uint32_t caps) const {
    hark_plugin t{};
    t.size = sizeof(hark_plugin);
    t.caps = caps;
    t.threads = static_cast<std::uint32_t>(threads_);
    t.max_in_flight = max_in_flight_;
    t.max_batch = max_batch_;
    t.id = id_;
    t.name = name_;
    t.version = version_;
    t.vendor = vendor_;
    t.license = license_;
    t.config_schema = schema_;
    t.subscribes = subscribes_[0] != nullptr ? subscribes_ : nullptr;
    t.publishes = publishes_[0] != nullptr ? publishes_ : nullptr;
    return t;
  }

 private:
  const char *id_, *name_, *version_, *vendor_ = nullptr, *license_ = nullptr, *schema_ = nullptr;
  const char* subscribes_[32] = {};
  const char* publishes_[32] = {};
  Schemas heard_, published_;  // beside them
  std::uint32_t caps_ = 0, max_in_flight_ = 1, max_batch_ = 0;
  Threads threads_ = Threads::serial;
  std::uint16_t min_host_ = 0;
};

}  // namespace hark
