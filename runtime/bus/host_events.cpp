#include "bus/host_events.h"

#include <chrono>

#include "core/clock.h"
#include "core/text.h"

namespace hark::bus {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::chrono::steady_clock::time_point point(std::int64_t at_ns) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at_ns));
}

}  // namespace

HostEvents::HostEvents(Bus& bus) : bus_(bus), publisher_(bus.add_publisher("hark", true)), thread_([this] { run(); }) {}

HostEvents::~HostEvents() {
  close();
  thread_.join();
}

void HostEvents::close() {
  bus_.close_publisher(publisher_);
  core::Lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

void HostEvents::open() {
  core::Lock lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void HostEvents::post(std::string_view type, std::string_view about, std::string data, const ChainLink* cause) {
  core::Lock lock(mutex_);
  const std::int64_t now = core::coarse_now_ns();
  Window& w = windows_[{std::string(type), std::string(about)}];
  if (now - w.began_ns >= second && w.coalesced == 0) {
    w.began_ns = now;
    w.posted = 0;
  }
  Event event{std::string(type), std::move(data), cause != nullptr ? std::optional(*cause) : std::nullopt};
  if (++w.posted > per_second || queue_.size() >= capacity) {
    if (w.coalesced++ == 0) ++coalescing_;
    w.last = std::move(event);
  } else {
    queue_.push_back(std::move(event));
  }
  changed_.notify_one();
}

void HostEvents::release_coalesced(std::int64_t now) {
  for (auto& [key, w] : windows_) {
    if (w.coalesced == 0 || (now - w.began_ns < second && !closing_)) continue;
    if (w.last.data.size() > 2) w.last.data.insert(1, "\"coalesced\":" + std::to_string(w.coalesced) + ",");
    queue_.push_back(std::move(w.last));
    w = {now, 0, 0, {}};
    --coalescing_;
  }
}

void HostEvents::publish(const Event& event) {
  hark_message m{};
  m.size = sizeof m;
  m.flags = HARK_M_DATA_CHECKED;
  m.time_ns = HARK_TIME_ABSENT;
  m.type = core::str(event.type);
  m.data = core::bytes(event.data);
  std::string why;
  // A refusal is in the ledger; telling of it would tell of itself.
  bus_.publish_wait(publisher_, m, event.cause ? &*event.cause : nullptr, core::never_ns, nullptr, why);
}

void HostEvents::run() {
  {
    core::Lock lock(mutex_);
    while (!open_ && !closing_) changed_.wait(mutex_);
  }
  for (;;) {
    Event event;
    {
      core::Lock lock(mutex_);
      publishing_ = false;
      for (;;) {
        if (coalescing_ != 0) release_coalesced(core::coarse_now_ns());
        if (!queue_.empty()) break;
        if (coalescing_ == 0) {
          emptied_.notify_all();
          if (closing_) return;
          changed_.wait(mutex_);
        } else {
          changed_.wait_until(mutex_, point(core::now_ns() + second / 10));
        }
      }
      event = std::move(queue_.front());
      queue_.pop_front();
      publishing_ = true;
    }
    publish(event);
  }
}

bool HostEvents::wait_empty(std::int64_t until_ns) {
  core::Lock lock(mutex_);
  while (!queue_.empty() || publishing_ || coalescing_ != 0) {
    if (emptied_.wait_until(mutex_, point(until_ns)) == std::cv_status::timeout) break;
  }
  return queue_.empty() && !publishing_ && coalescing_ == 0;
}

}  // namespace hark::bus
