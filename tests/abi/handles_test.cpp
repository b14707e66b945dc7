// The handles that a Context gives out let go of what they hold, once.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/bare_host.hpp>
#include <thread>

using hark::testing::BareHost;
using namespace std::chrono_literals;

namespace {

struct Keeper {
  static constexpr auto info = hark::Info("test.keeper", "1").in_flight(8);
  explicit Keeper(hark::Context& ctx) : context(ctx) { self = this; }
  ~Keeper() { self = nullptr; }
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  hark::Result handle(const hark::Delivery& d) {
    if (d.event().type() == "keep") {
      kept = context.retain(d.event());
      return hark::ok;
    }
    pending = context.defer(d);
    return hark::pending;
  }
  hark::Context& context;
  hark::Retained kept;
  hark::Pending pending;
  static inline Keeper* self = nullptr;
};

struct KeeperHost : BareHost {
  KeeperHost() : BareHost(hark::module_of<Keeper>()) { REQUIRE(create().code == HARK_OK); }
};

}  // namespace

TEST_CASE("a retained event is readable after its call and released with its handle") {
  KeeperHost host;
  REQUIRE(host.handle("keep", R"({"a":1})").code == HARK_OK);
  CHECK(host.retained() == 1);
  CHECK(Keeper::self->kept.event().data() == R"({"a":1})");
  hark::Retained moved = std::move(Keeper::self->kept);
  CHECK_FALSE(Keeper::self->kept);
  CHECK(host.retained() == 1);
  moved.reset();
  moved.reset();
  CHECK(host.retained() == 0);
}

TEST_CASE("keeping another event in the same handle releases the first") {
  KeeperHost host;
  REQUIRE(host.handle("keep").code == HARK_OK);
  REQUIRE(host.handle("keep").code == HARK_OK);
  CHECK(host.retained() == 1);
}

TEST_CASE("an instance that is destroyed releases what it retained") {
  KeeperHost host;
  REQUIRE(host.handle("keep").code == HARK_OK);
  host.end();
  CHECK(host.retained() == 0);
}

TEST_CASE("retaining over the budget answers AGAIN") {
  KeeperHost host;
  host.retain_at_most(0);
  CHECK(host.handle("keep").code == HARK_AGAIN);
}

TEST_CASE("a later publish names a retained event as its cause") {
  KeeperHost host;
  REQUIRE(host.handle("keep").code == HARK_OK);
  Keeper::self->context.publish(hark::Message("later").because(Keeper::self->kept));
  CHECK(host.published().at(0).caused_by == "keep");
}

TEST_CASE("a pending delivery is completed once and from any thread") {
  KeeperHost host;
  REQUIRE(host.handle("wait").code == HARK_PENDING);
  CHECK(host.open_tickets().size() == 1);
  hark_result first = HARK_UNSET, second = HARK_UNSET;
  std::thread([&] {
    first = Keeper::self->pending.complete(hark::Retry("busy", 5ms));
    second = Keeper::self->pending.complete();
  }).join();
  CHECK(first == HARK_OK);
  CHECK(second == HARK_STALE);
  REQUIRE(host.completed().size() == 1);
  CHECK(host.completed()[0].why == "busy");
  CHECK(host.completed()[0].retry_after_ns == 5'000'000);
}

TEST_CASE("completing after the lease is stale and no more than that") {
  KeeperHost host;
  REQUIRE(host.handle("wait").code == HARK_PENDING);
  host.expire(host.last_ticket());
  CHECK(Keeper::self->pending.extend(1s) == HARK_STALE);
  CHECK(Keeper::self->pending.complete() == HARK_STALE);
}

TEST_CASE("a pending handle that is dropped asks for a retry") {
  KeeperHost host;
  REQUIRE(host.handle("wait").code == HARK_PENDING);
  Keeper::self->pending = hark::Pending();
  REQUIRE(host.completed().size() == 1);
  CHECK(host.completed()[0].code == HARK_RETRY);
  CHECK(host.completed()[0].why == "let go without an answer");
}

TEST_CASE("an abandoned pending handle says nothing") {
  KeeperHost host;
  REQUIRE(host.handle("wait").code == HARK_PENDING);
  Keeper::self->pending.abandon();
  Keeper::self->pending = hark::Pending();
  CHECK(host.completed().empty());
}

TEST_CASE("a subscription ends with its handle") {
  KeeperHost host;
  {
    const hark::Subscription a = Keeper::self->context.subscribe("a.*");
    hark::Subscription b = Keeper::self->context.subscribe("b.*");
    CHECK(a.id() != b.id());
    CHECK(host.subscriptions().size() == 2);
    b = hark::Subscription();
    CHECK(host.subscriptions() == std::map<std::uint64_t, std::string>{{a.id(), "a.*"}});
  }
  CHECK(host.subscriptions().empty());
  CHECK_THROWS_AS(Keeper::self->context.subscribe(""), hark::Reject);
}

TEST_CASE("metrics and room are there when the host has them") {
  KeeperHost host;
  const hark::Context& context = Keeper::self->context;
  const hark::Metric sent = context.counter("sent", "mails", "1");
  sent.add();
  sent.add(2, {{"to", "bob"}});
  CHECK(host.metrics().at("sent") == 3);
  hark::Metric().add();  // refused or absent: nothing happens
  host.room(3, 400);
  REQUIRE(context.room("t"));
  CHECK(context.room("t")->events == 3);
}

TEST_CASE("fields past the sixteenth are not sent and those before are") {
  KeeperHost host;
  const hark::Field f{"k", "v"};
  Keeper::self->context.info("many", {f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, {"k16", "v"}, {"k17", "v"}});
  CHECK(host.logged().at(0).fields.count("k16") == 1);
  CHECK(host.logged().at(0).fields.count("k17") == 0);
}

TEST_CASE("publish_wait waits for room and gives up at its time") {
  KeeperHost host;
  host.on_publish([](const auto&) { return HARK_AGAIN; });
  CHECK(Keeper::self->context.publish_wait(hark::Message("t"), 1ms) == HARK_AGAIN);
  hark_result waited = HARK_UNSET;
  std::thread source([&] { waited = Keeper::self->context.publish_wait(hark::Message("t"), 60s); });
  host.on_publish({});
  source.join();
  CHECK(waited == HARK_OK);
  CHECK(host.published().size() == 1);
}
