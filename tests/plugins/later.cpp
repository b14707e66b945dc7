// Publishes `later` from its own thread, after handle() returned. The event's `names` says what as its cause:
// `retained` (the event, kept), `ticket` (the delivery's, over by then: HARK_STALE), or nothing. What publish said is
// logged.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "zoo.hpp"

class Later {
 public:
  static constexpr auto info = zoo::info("zoo.later").publishes("later").can(HARK_CAP_OWN_THREADS);
  explicit Later(hark::Context& ctx) : ctx_(ctx) {}

  hark::Result handle(const hark::Delivery& d) {
    if (d.event().type() == "later") return hark::skip;
    const std::string names = zoo::text(d.event().data(), "names", "retained");
    const std::lock_guard lock(mutex_);
    jobs_.push_back(
        {names == "retained" ? ctx_.retain(d.event()) : hark::Retained(), names == "ticket" ? d.ticket() : 0});
    wake_.notify_one();
    return hark::ok;
  }
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Job {
    hark::Retained kept;
    std::uint64_t ticket;
  };
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const Job job = std::move(jobs_.back());
      jobs_.pop_back();
      lock.unlock();
      publish(job);
      lock.lock();
    }
  }
  void publish(const Job& job) {
    // The delivery has to be over when its ticket is named: handle() returns at once, this waits for the lane.
    if (job.ticket != 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    hark::Message m("later", "{}");
    if (job.kept) m.because(job.kept);
    if (job.ticket != 0) m.because_ticket(job.ticket);
    ctx_.info(std::string("later: ") + hark::code_name(ctx_.try_publish(m)));
  }

  hark::Context& ctx_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<Job> jobs_;
  std::thread thread_;
};
HARK_PLUGIN(Later);
