// The host's own events (`hark.subscriber.failed` ...) on their way to the bus.
//
// A bounded queue of their own and one thread that may wait for room: what reports a failure never blocks a lane. Past
// 1,000 a second of one kind about one subject they are coalesced: one event with `coalesced`: how many it stands for.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "bus/bus.h"
#include "core/mutex.h"

namespace hark::bus {

// Thread: any.
class HostEvents {
 public:
  static constexpr std::size_t capacity = 4096;
  static constexpr std::uint32_t per_second = 1000;

  explicit HostEvents(Bus& bus);
  ~HostEvents();
  HostEvents(const HostEvents&) = delete;
  HostEvents& operator=(const HostEvents&) = delete;

  // Until then what is posted waits, so that subscribers hear of what happened while they were being started.
  void open() EXCLUDES(mutex_);

  // Never waits. data: one JSON object; about: whom it concerns (a subscriber's or plugin's name).
  void post(std::string_view type, std::string_view about, std::string data, const ChainLink* cause = nullptr)
      EXCLUDES(mutex_);

  // Until all that was posted is on the bus, or until_ns. True: it is.
  bool wait_empty(std::int64_t until_ns) EXCLUDES(mutex_);

  // Gives up waiting for room. Idempotent; the destructor's first step.
  void close() EXCLUDES(mutex_);

 private:
  struct Event {
    std::string type, data;
    std::optional<ChainLink> cause;
  };
  struct Window {
    std::int64_t began_ns = 0;
    std::uint32_t posted = 0;
    std::uint64_t coalesced = 0;
    Event last;
  };

  void run() EXCLUDES(mutex_);
  void publish(const Event& event);
  void release_coalesced(std::int64_t now) REQUIRES(mutex_);

  Bus& bus_;
  Publisher& publisher_;
  core::Mutex mutex_;
  core::Condition changed_, emptied_;
  std::deque<Event> queue_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Window> windows_ GUARDED_BY(mutex_);
  std::size_t coalescing_ GUARDED_BY(mutex_) = 0;  // windows that hold something back
  bool publishing_ GUARDED_BY(mutex_) = false;
  bool open_ GUARDED_BY(mutex_) = false;
  bool closing_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hark::bus
