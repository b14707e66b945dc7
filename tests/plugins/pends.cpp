// Answers HARK_PENDING, and then as the event's `how` says:
//   never    no completion                       early   completed before handle() returns
//   twice    completed twice, early              thread  completed by its own thread, after `ms` (0)
//   reject   by its own thread, with HARK_REJECT  retry   by its own thread, with HARK_RETRY, once
//   forged   completes a ticket that is not its, then its own     garbage  completes with code 77, then HARK_OK
// What complete() said is logged: "complete: HARK_STALE".
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "zoo.hpp"

class Pends {
 public:
  static constexpr auto info = zoo::info("zoo.pends").in_flight(64).can(HARK_CAP_OWN_THREADS);
  explicit Pends(hark::Context& ctx) : ctx_(ctx) {}

  hark::Result handle(const hark::Delivery& d) {
    const std::string how = zoo::text(d.event().data(), "how", "early");
    const std::uint64_t ticket = d.ticket();
    if (how == "never") return hark::pending;
    if (how == "forged") complete(ticket + 1'000'000, HARK_OK);
    if (how == "garbage") complete(ticket, 77);
    if (how == "reject") return later(ticket, HARK_REJECT, d);
    if (how == "retry") return later(ticket, d.attempt() == 1 ? HARK_RETRY : HARK_OK, d);
    if (how == "thread") return later(ticket, HARK_OK, d);
    complete(ticket, HARK_OK);
    if (how == "twice") complete(ticket, HARK_RETRY);
    return hark::pending;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

 private:
  hark::Result later(std::uint64_t ticket, hark_result code, const hark::Delivery& d) {
    const std::chrono::milliseconds wait(zoo::number(d.event().data(), "ms", 0));
    threads_.emplace_back([this, ticket, code, wait] {
      std::unique_lock lock(mutex_);
      if (!wake_.wait_for(lock, wait, [this] { return stopping_; })) complete(ticket, code);
    });
    return hark::pending;
  }
  void complete(std::uint64_t ticket, hark_result code) {
    const hark_host* host = ctx_.raw();
    ctx_.info(std::string("complete: ") + hark::code_name(host->complete(host, ticket, code, 0, nullptr)));
  }

  hark::Context& ctx_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};
HARK_PLUGIN(Pends);
