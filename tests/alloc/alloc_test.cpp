// In its steady state the data path asks malloc for nothing: not to publish, not to queue, not to deliver.
#include "allocations.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

constexpr int events_a_round = 100'000, most_rounds = 20;

struct NoKeeper final : bus::Keeper {
  std::optional<bus::Callee> restart(std::string_view) override { return std::nullopt; }
};

std::atomic<bool> gate{true};  // closed: subscribers wait at it

hark_result take(hark_instance*, const hark_delivery* d, hark_error*) {
  gate.wait(false);
  return d->event->data.n != 0 ? HARK_OK : HARK_REJECT;
}
hark_result take_batch(hark_instance*, const hark_delivery* const*, std::uint32_t, hark_result*, hark_error*) {
  gate.wait(false);
  return HARK_OK;
}

// Subscribers that keep nothing, on a bus that tells nobody.
struct Quiet {
  hark_plugin table = [] {
    hark_plugin p{};
    p.size = sizeof p;
    p.handle = take;
    return p;
  }();
  bus::Observer silent;
  NoKeeper keeper;
  store::DeadLetters letters{"/dev/null/none", 0};
  bus::Bus bus{{16, 1u << 20, 2}, silent, letters};
  bus::Publisher& publisher = bus.add_publisher("from");
  std::vector<bus::Subscriber*> subscribers;
  std::string data = R"({"code":503,"note":")" + std::string(130, 'x') + "\"}";
  std::string why;

  void add(const bus::SubscriberOptions& options, topic::Filter filter = {}) {
    bus::Subscriber& s = bus.add_subscriber({"s" + std::to_string(subscribers.size()), "test", "1"}, options);
    s.lane().call([&] { s.lane().open({&table, nullptr}, keeper); });
    bus.registry().add(s, {}, std::move(filter), true);
    subscribers.push_back(&s);
  }
  ~Quiet() {
    for (bus::Subscriber* s : subscribers) {
      bus.revoke(*s);
      s->lane().call([s] { s->lane().close(); });
    }
  }

  void publish(int n) {
    const hark_message m = message("order.placed", data);
    for (int i = 0; i < n; ++i) bus.publish_wait(publisher, m, nullptr, core::never_ns, nullptr, why);
    bus.wait_quiet(core::never_ns);
  }
  // Memory grows with the longest queue there was: so first all queues are full once.
  void fill() {
    gate.store(false);
    const hark_message m = message("order.placed", data);
    while (bus.publish(publisher, m, nullptr, nullptr, why) == Publish::ok) {
    }
    gate.store(true);
    gate.notify_all();
  }
  // How many a round allocates in the end. The arena's last few blocks come when the queue is at its longest and the
  // lane at its latest at once, so that the first rounds may meet one.
  std::uint64_t allocations() {
    if (!subscribers.front()->is_inline()) fill();
    std::uint64_t n = 1;
    for (int round = 0; n != 0 && round < most_rounds; ++round) {
      watch_allocations();
      publish(events_a_round);
      n = stop_watching_allocations();
    }
    return n;
  }
};

bus::SubscriberOptions block() {
  bus::SubscriberOptions o;
  o.queue.when_full = flow::WhenFull::block;
  return o;
}

}  // namespace

TEST_CASE("the count sees what is allocated on any thread") {
  watch_allocations();
  std::thread([] { std::free(std::malloc(100)); }).join();
  CHECK(stop_watching_allocations() >= 1);
}

TEST_CASE("events queued to one subscriber allocate nothing") {
  Quiet q;
  q.add(block());
  CHECK(q.allocations() == 0);
}

TEST_CASE("events queued to four subscribers allocate nothing") {
  Quiet q;
  for (int i = 0; i < 4; ++i) q.add(block());
  CHECK(q.allocations() == 0);
}

TEST_CASE("events taken in batches allocate nothing") {
  Quiet q;
  q.table.handle_batch = take_batch;
  bus::SubscriberOptions o = block();
  o.lane.max_in_flight = o.lane.max_batch = 64;
  q.add(o);
  CHECK(q.allocations() == 0);
}

TEST_CASE("events to an inline subscriber allocate nothing") {
  Quiet q;
  bus::SubscriberOptions o = block();
  o.in_line = true;
  q.add(o);
  CHECK(q.allocations() == 0);
}

TEST_CASE("a where on a field of the data allocates nothing") {
  topic::FilterTest test;
  test.op = topic::FilterTest::Op::gte;
  test.values = {std::int64_t{500}};
  Quiet q;
  q.add(block(), *topic::Filter::compile({{{"data.code", {test}}}}));
  CHECK(q.allocations() == 0);
}
