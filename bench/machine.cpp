#include "machine.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "core/clock.h"

namespace hark::bench {
namespace {

constexpr double near_below_ns = 80;

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

}  // namespace

double ping_ns() {
  if (std::thread::hardware_concurrency() < 2) return -1;
  constexpr std::uint64_t warm = 2000, runs = 15, trips = 500;
  alignas(64) std::atomic<std::uint64_t> ball{0};
  std::jthread other([&] {
    const Pinned there(1);
    for (std::uint64_t i = 1; i < 2 * (warm + runs * trips); i += 2) {
      while (ball.load(std::memory_order_acquire) != i) {
      }
      ball.store(i + 1, std::memory_order_release);
    }
  });
  const Pinned here(0);
  std::uint64_t n = 0;
  const auto play = [&](std::uint64_t count) {
    for (; count > 0; --count, n += 2) {
      ball.store(n + 1, std::memory_order_release);
      while (ball.load(std::memory_order_acquire) != n + 2) {
      }
    }
  };
  play(warm);
  std::vector<double> one_way;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::int64_t began = core::now_ns();
    play(trips);
    one_way.push_back(static_cast<double>(core::now_ns() - began) / (2.0 * trips));
  }
  return median(one_way);
}

double spin_ns() {
  constexpr int runs = 9, steps = 100'000;
  std::vector<double> times;
  std::uint64_t x = 1;
  for (int run = 0; run < runs; ++run) {
    const std::int64_t began = core::now_ns();
    for (int i = 0; i < steps; ++i) x = (x ^ (x >> 29)) * 0x9e37'79b9'7f4a'7c15u + 1;
    times.push_back(static_cast<double>(core::now_ns() - began) / steps);
  }
  // The result is used, so that the loop is not left out.
  return median(times) + (x == 0 ? 1e-9 : 0);
}

std::string regime() {
  const double ns = ping_ns();
  if (ns < 0) return "unknown";
  return ns < near_below_ns ? "near" : "far";
}

Pinned::Pinned(unsigned core) {
  if (sched_getaffinity(0, sizeof before_, &before_) != 0 || !CPU_ISSET(core, &before_)) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  is_pinned_ = sched_setaffinity(0, sizeof one, &one) == 0;
}

Pinned::~Pinned() {
  if (is_pinned_) sched_setaffinity(0, sizeof before_, &before_);
}

SleepingThread::SleepingThread()
    : thread_([](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any sleep;
        std::unique_lock lock(mutex);
        sleep.wait(lock, stop, [] { return false; });
      }) {}
SleepingThread::~SleepingThread() = default;

}  // namespace hark::bench
