// Timers through the SDK, on the clock of the testing host.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/bare_host.hpp>

using hark::testing::BareHost;
using namespace std::chrono_literals;

namespace {

struct Ticker {
  static constexpr auto info = hark::Info("test.ticker", "1").hears("**");
  explicit Ticker(hark::Context& ctx) : context(ctx) { self = this; }
  ~Ticker() { self = nullptr; }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  void handle(const hark::Delivery&) {}
  void on_timer(std::uint64_t user) {
    fired.push_back(user);
    if (user == 99) timer.cancel();
    if (user == 100) throw std::runtime_error("the clock broke");
  }
  void stop() { CHECK_THROWS_WITH(context.timer(1s), "start a timer: HARK_CLOSING"); }
  hark::Context& context;
  hark::Timer timer;
  std::vector<std::uint64_t> fired;
  static inline Ticker* self = nullptr;
};

struct Deaf {
  static constexpr auto info = hark::Info("test.deaf", "1").hears("**");
  explicit Deaf(hark::Context& ctx) { CHECK_THROWS_WITH(ctx.timer(1s), "start a timer: HARK_NOSUPPORT"); }
  void handle(const hark::Delivery&) {}
};

struct TickerHost : BareHost {
  TickerHost() : BareHost(hark::module_of<Ticker>()) { REQUIRE(create().code == HARK_OK); }
  static std::vector<std::uint64_t>& fired() { return Ticker::self->fired; }
};

using Fired = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a timer fires when the test moves the clock and in the order of the times") {
  TickerHost host;
  hark::Context& context = Ticker::self->context;
  const hark::Timer once = context.timer(3s, 0s, 1);
  const hark::Timer each = context.timer(1s, 2s, 2);
  CHECK(host.advance(999ms).empty());
  CHECK(host.advance(1ms).size() == 1);
  CHECK(host.advance(4s).size() == 3);
  CHECK(host.fired() == Fired{2, 1, 2, 2});
  CHECK(host.timers() == 1);
}

TEST_CASE("a timer ends with its handle and lives on without one that was detached") {
  TickerHost host;
  hark::Context& context = Ticker::self->context;
  {
    const hark::Timer a = context.timer(1s, 1s, 1);
    hark::Timer b = context.timer(1s, 1s, 2);
    hark::Timer c = context.timer(1s, 0s, 3);
    c.detach();
    CHECK(a);
    CHECK_FALSE(c);
    b = hark::Timer();
    CHECK(host.timers() == 2);
  }
  CHECK(host.timers() == 1);
  (void)host.advance(5s);
  CHECK(host.fired() == Fired{3});
}

TEST_CASE("a timer that is cancelled in its own call does not fire again") {
  TickerHost host;
  Ticker::self->timer = Ticker::self->context.timer(1s, 1s, 99);
  (void)host.advance(10s);
  CHECK(host.fired() == Fired{99});
}

TEST_CASE("what on_timer throws is FATAL with its text") {
  TickerHost host;
  const hark::Timer t = Ticker::self->context.timer(1s, 0s, 100);
  const auto answers = host.advance(1s);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].code == HARK_FATAL);
  CHECK(answers[0].text == "the clock broke");
}

TEST_CASE("a timer that cannot start says why") {
  TickerHost host;
  hark::Context& context = Ticker::self->context;
  CHECK_THROWS_WITH(context.timer(-1s), "start a timer: HARK_INVALID");
  std::vector<hark::Timer> all;
  for (int i = 0; i < 1024; ++i) all.push_back(context.timer(1s));
  CHECK_THROWS_AS(context.timer(1s), hark::Failure);
  BareHost deaf(hark::module_of<Deaf>());
  CHECK(deaf.create().code == HARK_OK);
}

TEST_CASE("timers are revoked when the instance stops") {
  TickerHost host;
  Ticker::self->timer = Ticker::self->context.timer(1s, 1s, 1);
  CHECK(host.stop().code == HARK_OK);
  CHECK(host.timers() == 0);
  CHECK(host.advance(10s).empty());
}
