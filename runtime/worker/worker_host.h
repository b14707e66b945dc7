// hark_host as a plugin in a worker process sees it: the same promises, kept by asking the host.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

#include "core/mutex.h"
#include "core/names.h"
#include "core/record.h"
#include "worker/uplink.h"

namespace hark::worker {

// One for the process. Thread: any, but for what is marked.
class WorkerHost {
 public:
  explicit WorkerHost(Uplink& up);

  const hark_host* table() const { return &table_; }

  // What the plugin is handling on the calling thread, the process's main one; batch: where more than one.
  void enter(std::span<const hark_delivery> deliveries);
  void leave();
  // Whether the plugin has ever interned a text: only then has an event's type to be looked up.
  bool has_interned() const { return interned_.load(std::memory_order_acquire); }
  std::uint32_t id_of(std::string_view text);
  void plugin_ticks() { ticks_ = true; }  // it has on_timer
  void plugin_hears() { hears_ = true; }  // it is a subscriber

 private:
  struct Functions;  // the C side
  friend struct Functions;
  struct Kept {
    Kept(core::Record* its_record, std::uint64_t its_id) : record(its_record), id(its_id) {}
    ~Kept();
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

    core::Record* const record;
    core::Expanded expanded;
    const std::uint64_t id;  // the host's
    std::uint32_t references = 1;
  };

  hark_result publish(const hark_message& m, std::uint8_t* out_uid);
  hark_result refused(const hark_message& m);
  hark_result retain(const hark_event& event, const hark_event*& out) EXCLUDES(mutex_);
  bool release(const hark_event* event) EXCLUDES(mutex_);
  std::uint64_t kept_id(const hark_event* event) EXCLUDES(mutex_);  // 0: not retained
  std::uint64_t ticket_of(const hark_event* event) const;           // of the call on this thread; 0: none

  Uplink& up_;
  core::Names names_;
  std::atomic<bool> interned_{false};
  bool ticks_ = false, hears_ = false;
  std::atomic<std::uint64_t> lines_lost_{0};
  core::Mutex mutex_;
  std::unordered_map<const hark_event*, std::unique_ptr<Kept>> kept_ GUARDED_BY(mutex_);
  hark_host table_;
};

}  // namespace hark::worker
