// A source and nothing else: publishes options.count (3) events of the type options.type ("tick") from its own thread,
// {"n":0},
// {"n":1} ..., and is finished. With options.fail it ends with an error after them; with options.forever it never ends.
#include <atomic>
#include <thread>

#include "zoo.hpp"

class Emitter {
 public:
  static constexpr auto info = zoo::info("zoo.emitter").source().can(HARK_CAP_OWN_THREADS);
  explicit Emitter(hark::Context& ctx) : ctx_(ctx) {}
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    const std::string type = zoo::text(ctx_.options(), "type", "tick");
    const long long count = zoo::number(ctx_.options(), "count", 3);
    for (long long i = 0; i < count && !stopping_; ++i) {
      const std::string data = "{\"n\":" + std::to_string(i) + "}";
      hark_result r = HARK_AGAIN;
      while (r == HARK_AGAIN && !stopping_) {
        r = ctx_.publish_wait(hark::Message(type, data), std::chrono::milliseconds(50));
      }
      if (r == HARK_CLOSING) return;
    }
    if (zoo::number(ctx_.options(), "forever", 0) != 0) return;
    if (zoo::number(ctx_.options(), "fail", 0) != 0) {
      ctx_.finished(hark::Reject("the wire was cut"));
    } else {
      ctx_.finished();
    }
  }

  hark::Context& ctx_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};
HARK_PLUGIN(Emitter);
