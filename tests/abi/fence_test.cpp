// Whatever a plugin throws or returns leaves it as a result with a text.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/bare_host.hpp>
#include <stdexcept>

using hark::testing::BareHost;
using namespace std::chrono_literals;

namespace {

std::function<hark::Result()> act = [] { return hark::ok; };  // what the plugin under test does, everywhere

class Actor {
 public:
  static constexpr auto info = hark::Info("test.actor", "1").batch(8).in_flight(8);
  Actor() {
    if (in_constructor) (void)act();
  }
  hark::Result handle(const hark::Delivery&) { return act(); }
  hark::Result handle_batch(hark::Batch& batch) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      if (batch[i].event().type() == "answered") batch.answer(i, hark::ok);
      if (batch[i].event().type() == "rejected") batch.answer(i, hark::Reject("not this one"));
      if (batch[i].event().type() == "delayed") batch.answer(i, hark::Retry("wait", 3s));
    }
    return act();
  }
  hark::Result start() { return act(); }
  hark::Result stop() { return act(); }
  hark::Result flush() { return act(); }
  hark::Result reconfigure() { return act(); }
  hark::Result on_timer(std::uint64_t) { return act(); }
  void outcome(std::uint32_t, const std::uint64_t*, std::uint32_t, hark_result) { (void)act(); }
  static inline bool in_constructor = false;
};

struct ActorHost : BareHost {
  ActorHost() : BareHost(hark::module_of<Actor>()) {
    act = [] { return hark::ok; };
    Actor::in_constructor = false;
    REQUIRE(create().code == HARK_OK);
  }
  ~ActorHost() {
    act = [] { return hark::ok; };
  }
};

struct SilentException : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

}  // namespace

TEST_CASE("a std exception from handle is a retry with its text") {
  ActorHost host;
  act = []() -> hark::Result { throw std::runtime_error("boom"); };
  const auto a = host.handle("t");
  CHECK(a.code == HARK_RETRY);
  CHECK(a.text == "boom");
}

TEST_CASE("what is no std exception is a retry and called unknown") {
  ActorHost host;
  act = []() -> hark::Result { throw 42; };
  CHECK(host.handle("t").code == HARK_RETRY);
  CHECK(host.handle("t").text == "unknown exception");
}

TEST_CASE("an exception without a text is told as that") {
  ActorHost host;
  act = []() -> hark::Result { throw SilentException(); };
  CHECK(host.handle("t").text == "an exception without a text");
}

TEST_CASE("the answer of a thrown failure is its own and returning it is the same") {
  ActorHost host;
  act = []() -> hark::Result { throw hark::Reject("never"); };
  CHECK(host.handle("t").code == HARK_REJECT);
  act = []() -> hark::Result { return hark::Reject("never"); };
  CHECK(host.handle("t").code == HARK_REJECT);
  CHECK(host.handle("t").text == "never");
  act = []() -> hark::Result { throw hark::Fatal("broken"); };
  CHECK(host.handle("t").code == HARK_FATAL);
  act = []() -> hark::Result { throw hark::Again("later"); };
  CHECK(host.handle("t").code == HARK_AGAIN);
  act = []() -> hark::Result { return hark::skip; };
  CHECK(host.handle("t").code == HARK_SKIP);
}

TEST_CASE("a failure thrown with a code that is none is a retry") {
  ActorHost host;
  act = []() -> hark::Result { throw hark::Failure(HARK_OK, "odd"); };
  CHECK(host.handle("t").code == HARK_RETRY);
}

TEST_CASE("a retry with a delay completes the delivery early with that delay") {
  ActorHost host;
  act = []() -> hark::Result { throw hark::Retry("busy", 2s); };
  CHECK(host.handle("t").code == HARK_PENDING);
  REQUIRE(host.completed().size() == 1);
  CHECK(host.completed()[0].code == HARK_RETRY);
  CHECK(host.completed()[0].retry_after_ns == 2'000'000'000);
  CHECK(host.completed()[0].why == "busy");
  CHECK(host.open_tickets().empty());
}

TEST_CASE("a text longer than the error holds is cut at a character") {
  ActorHost host;
  std::string text(506, 'x');
  text += "\u20ac and more";
  act = [&]() -> hark::Result { throw std::runtime_error(text); };
  CHECK(host.handle("t").text == std::string(506, 'x'));
}

TEST_CASE("each callback turns a throw into an answer that it may give") {
  ActorHost host;
  act = []() -> hark::Result { throw std::runtime_error("boom"); };
  CHECK(host.start().code == HARK_REJECT);
  CHECK(host.flush().code == HARK_AGAIN);
  CHECK(host.reconfigure().code == HARK_NOSUPPORT);
  CHECK(host.on_timer(1).code == HARK_FATAL);
  const auto stopped = host.stop();
  CHECK(stopped.code == HARK_REJECT);
  CHECK(stopped.text == "boom");
}

TEST_CASE("a throw in outcome is logged because it has no answer") {
  ActorHost host;
  act = []() -> hark::Result { throw std::runtime_error("boom"); };
  host.outcome(HARK_STAGE_KEPT, {1, 2});
  REQUIRE(host.logged().size() == 1);
  CHECK(host.logged()[0].fields.at("error") == "boom");
}

TEST_CASE("a constructor that throws fails create with its text and leaves no instance") {
  BareHost host(hark::module_of<Actor>());
  act = []() -> hark::Result { throw std::runtime_error("no disk"); };
  Actor::in_constructor = true;
  const auto a = host.create();
  Actor::in_constructor = false;
  CHECK(a.code == HARK_REJECT);
  CHECK(a.text == "no disk");
  CHECK_THROWS_AS(host.start(), std::logic_error);
}

TEST_CASE("a throw in the middle of a batch leaves the answered slots alone and retries the rest") {
  ActorHost host;
  act = []() -> hark::Result { throw std::runtime_error("boom"); };
  std::vector<hark::testing::Given> given(4);
  given[0].type = "answered";
  given[1].type = "rejected";
  given[2].type = "other";
  given[3].type = "delayed";
  const auto answers = host.handle_batch(given);
  CHECK(answers[0].code == HARK_OK);
  CHECK(answers[1].code == HARK_REJECT);
  CHECK(answers[2].code == HARK_RETRY);
  CHECK(answers[3].code == HARK_PENDING);
  REQUIRE(host.completed().size() == 1);
  CHECK(host.completed()[0].retry_after_ns == 3'000'000'000);
}

TEST_CASE("a batch that returns an answer gives it to the slots left alone") {
  ActorHost host;
  act = []() -> hark::Result { return hark::skip; };
  std::vector<hark::testing::Given> given(2);
  given[0].type = "answered";
  given[1].type = "other";
  const auto answers = host.handle_batch(given);
  CHECK(answers[0].code == HARK_OK);
  CHECK(answers[1].code == HARK_SKIP);
}
