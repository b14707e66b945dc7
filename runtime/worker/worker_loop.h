// The worker's main thread: makes the calls that the host sends down, and tells what came of them.
#pragma once

#include <hark/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "worker/uplink.h"
#include "worker/worker_host.h"

namespace hark::worker {

// Thread: the process's main one.
class WorkerLoop {
 public:
  WorkerLoop(Uplink& up, WorkerHost& host, const hark_plugin& plugin)
      : up_(up), host_(host), plugin_(plugin), progress_(up.words().progress), from_host_(up.reader()) {}

  void run();  // until destroy() has returned

 private:
  struct Said {
    hark_result result = HARK_OK;
    std::string error;
  };
  bool take(const ipc::Frame& frame);  // false: it was the last
  void take_event(std::string_view payload);
  void handle_one();
  void handle_run();
  Said create(std::string_view payload);
  Said outcome(std::string_view payload);
  template <class Function>
  Said call(Function function);
  void answer(const Said& said);
  void put(const EventHead& head, const core::Record& record);
  void begin_run();
  void store(std::uint32_t at, hark_result r) { progress_.results[at].store(r, std::memory_order_relaxed); }

  Uplink& up_;
  WorkerHost& host_;
  const hark_plugin& plugin_;
  Progress& progress_;
  ipc::RingReader from_host_;
  hark_instance* instance_ = nullptr;
  std::uint64_t calls_ = 0;                 // answered
  std::string options_, name_, state_dir_;  // views of them are the plugin's until destroy()

  // The run of events under way.
  bool ended_early_ = false;  // what is left of it is given back
  std::uint32_t done_ = 0;
  std::int64_t began_ns_ = 0;
  Said said_;
  std::vector<core::Expanded> expanded_;
  std::vector<hark_event> events_;  // with the ids of what the plugin interned
  std::vector<hark_delivery> run_;
};

}  // namespace hark::worker
