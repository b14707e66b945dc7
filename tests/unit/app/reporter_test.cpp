// What the bus reports, as `hark.*` events.
#include "app/reporter.h"

#include <catch2/catch.hpp>

#include <mutex>
#include <vector>

#include "core/clock.h"
#include "core/text.h"
#include "support/eventually.h"
#include "support/temp_folder.h"
#include "topic/event_json.h"

using namespace hark;

namespace {

// A bus whose one plugin fails as told, and one that hears what the host says about it.
class Stage final : private bus::Keeper {
 public:
  explicit Stage(hark_result answer) : answer_(answer) {
    reporter_.publish_through(&events_);
    events_.open();
    failing_.handle = [](hark_instance* i, const hark_delivery* d, hark_error* e) {
      const Stage& stage = *reinterpret_cast<Stage*>(i);
      e->len = static_cast<std::uint32_t>(std::string_view("out of \"paper\"").copy(e->msg, sizeof e->msg));
      return core::view(d->event->type) == "work" || stage.fails_at_all ? stage.answer_ : HARK_OK;
    };
    hearing_.handle = [](hark_instance* i, const hark_delivery* d, hark_error*) {
      reinterpret_cast<Stage*>(i)->hear(*d->event);
      return HARK_OK;
    };
    bus::SubscriberOptions o;
    o.lane.delivery.retry = {2, std::chrono::nanoseconds(1000), std::chrono::nanoseconds(1000), false};
    o.lane.delivery.breaker.open_after = 0;
    add("worker", failing_, o, {"work", "hark.**"});
    add("watcher", hearing_, o, {"hark.**"});
  }
  ~Stage() {
    for (bus::Subscriber* s : subscribers_) bus_.revoke(*s);
    for (bus::Subscriber* s : subscribers_) {
      s->lane().call([s] {
        s->lane().stop_deliveries();
        s->lane().close();
      });
    }
    reporter_.publish_through(nullptr);
    events_.close();
    CHECK(bus_.read().balances());
  }

  void work() {
    hark_message m{};
    m.size = sizeof m;
    m.time_ns = HARK_TIME_ABSENT;
    m.type = core::str("work");
    std::string why;
    REQUIRE(bus_.publish(from_, m, nullptr, uid_, why) == bus::Publish::ok);
    const std::int64_t until = core::now_ns() + std::chrono::nanoseconds(test::patience).count();
    REQUIRE(test::eventually([&] {
      return bus_.wait_quiet(until) && events_.wait_empty(until) && bus_.is_quiet() && events_.wait_empty(until);
    }));
  }
  std::vector<std::pair<std::string, std::string>> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  std::string uid() const { return core::to_text(core::Uid::from(uid_)); }
  app::Reporter& reporter() { return reporter_; }

  std::atomic<bool> fails_at_all{false};

 private:
  void add(const std::string& name, const hark_plugin& table, const bus::SubscriberOptions& o,
           std::initializer_list<std::string_view> patterns) {
    bus::Subscriber& s = bus_.add_subscriber({name, "test." + name, "1"}, o);
    subscribers_.push_back(&s);
    s.lane().call([&] { s.lane().open({&table, reinterpret_cast<hark_instance*>(this)}, *this); });
    for (const std::string_view p : patterns) bus_.registry().add(s, topic::Pattern::parse(p).value(), {}, true);
  }
  void hear(const hark_event& e) {
    topic::EventJson json(e);
    const std::lock_guard lock(mutex_);
    heard_.emplace_back(core::view(e.type), json.valid() ? core::view(e.data) : std::string_view("NOT JSON"));
  }
  std::optional<bus::Callee> restart(std::string_view) override { return std::nullopt; }

  const hark_result answer_;
  test::TempFolder folder_;
  app::Log log_{HARK_LOG_ERROR + 1, false};
  app::Reporter reporter_{log_};
  store::DeadLetters letters_{folder_.path() / "dead.ndjson", 1 << 20};
  bus::Bus bus_{{16, 1 << 20, 2}, reporter_, letters_};
  bus::Publisher& from_ = bus_.add_publisher("from");
  bus::HostEvents events_{bus_};
  hark_plugin failing_{}, hearing_{};
  std::vector<bus::Subscriber*> subscribers_;
  std::uint8_t uid_[16] = {};
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> heard_;
};

}  // namespace

TEST_CASE("a failure is published with all that names it") {
  Stage stage(HARK_RETRY);
  stage.work();
  const auto heard = stage.heard();
  REQUIRE(heard.size() == 3);
  const std::string about =
      "{\"subscriber\":\"worker\",\"plugin\":\"test.worker\",\"event\":\"" + stage.uid() + "\",\"type\":\"work\"";
  CHECK(heard[0].first == "hark.subscriber.failed");
  CHECK(heard[0].second == about + ",\"error\":\"out of \\\"paper\\\"\",\"attempt\":1,\"will_retry\":true}");
  CHECK(heard[1].second == about + ",\"error\":\"out of \\\"paper\\\"\",\"attempt\":2,\"will_retry\":false}");
  CHECK(heard[2].first == "hark.event.dead_lettered");
  CHECK(heard[2].second.find("\"reason\":\"attempts\",\"attempts\":2") != std::string::npos);
}

TEST_CASE("a failure while one of the host's own events is handled publishes no further one") {
  Stage stage(HARK_REJECT);
  stage.fails_at_all = true;
  stage.work();
  const auto heard = stage.heard();
  REQUIRE(heard.size() == 2);  // of work alone; the worker failed on both of these too
  CHECK(heard[0].first == "hark.subscriber.failed");
  CHECK(heard[1].first == "hark.event.dead_lettered");
}

TEST_CASE("quarantine and recovery are published with the subscriber") {
  Stage stage(HARK_OK);
  const bus::Identity who{"odd \"name\"", "p", "1"};
  stage.reporter().quarantined(who, 7, "because\nof that");
  stage.reporter().recovered(who);
  stage.work();
  const auto heard = stage.heard();
  REQUIRE(heard.size() == 2);
  CHECK(heard[0] ==
        std::pair<std::string, std::string>(
            "hark.subscriber.quarantined",
            "{\"subscriber\":\"odd \\\"name\\\"\",\"plugin\":\"p\",\"failures\":7,\"error\":\"because\\nof that\"}"));
  CHECK(heard[1].first == "hark.subscriber.recovered");
}
