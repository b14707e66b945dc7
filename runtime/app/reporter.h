// Turns what the bus reports into log lines and `hark.*` events.
#pragma once

#include "app/host_event.h"
#include "app/log.h"
#include "bus/host_events.h"
#include "bus/observer.h"

namespace hark::app {

// Thread: any.
class Reporter final : public bus::Observer {
 public:
  explicit Reporter(Log& log) : log_(log) {}

  // Until then nothing is published, only logged. nullptr: no more.
  void publish_through(bus::HostEvents* events) { events_.store(events, std::memory_order_release); }

  // Where chains of events are looked up; until then none is told.
  void look_up_in(const bus::Bus& bus) { bus_.store(&bus, std::memory_order_release); }

  // One JSON object of texts, published as a `hark.*` event about somebody.
  void publish(HostEvent what, std::string_view about, std::string data, const hark_event* cause = nullptr);

  // ---- bus::Observer
  void failed(const bus::Failure& failure) override;
  void dead_lettered(const store::DeadLetter& letter, const core::Result<void>& kept) override;
  void dropped(const bus::Identity& who, const hark_event& event, std::string_view reason) override;
  void quarantined(const bus::Identity& who, std::uint32_t failures, std::string_view why) override;
  void recovered(const bus::Identity& who) override;
  void held(const bus::Identity& who, std::string_view why, std::chrono::nanoseconds pause) override;
  void spilling(const bus::Identity& who, bus::Spilling what, std::string_view why) override;
  void loop_cut(const hark_event& event, std::string_view publisher, std::string_view chain) override;
  void misbehaved(const bus::Identity& who, const core::Uid& event, std::string_view what) override;
  void overstays(const bus::Overstay& call) override;
  void degraded(bool is, std::size_t stuck) override;

 private:
  Log& log_;
  std::atomic<bus::HostEvents*> events_{nullptr};
  std::atomic<const bus::Bus*> bus_{nullptr};
};

}  // namespace hark::app
