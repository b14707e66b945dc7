// A plugin class through its tables: what reaches it, and what reaches the host.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/bare_host.hpp>

using hark::testing::BareHost;
using hark::testing::Given;

namespace {

class Relay {
 public:
  static constexpr auto info = hark::Info("test.relay", "1.2.3").hears("in.*").publishes("out");
  explicit Relay(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery& d) {
    const hark::Event e = d.event();
    ctx_.log(hark::Level::warn, d, "relaying", {{"type", e.type()}, {"subject", e.subject()}});
    const hark_attr tag = hark::attribute("tag", e.attribute("tag").value_or("none"));
    uid = ctx_.publish(hark::Message("out", e.data())
                           .id("7")
                           .source("/relay")
                           .subject(e.subject())
                           .content_type(e.content_type())
                           .schema("s")
                           .key("k")
                           .time_ns(5)
                           .attributes(&tag, 1)
                           .because(d)
                           .tell(HARK_M_TELL_KEPT, 99)
                           .checked());
  }
  static inline hark::Uid uid;

 private:
  hark::Context& ctx_;
};

class Views {
 public:
  static constexpr auto info = hark::Info("test.views", "1");
  void handle(const hark::Delivery& d) {
    const hark::Event e = d.event();
    seen = std::to_string(d.attempt()) + (d.redelivered() ? "r" : "-") + (d.suspect() ? "s" : "-") +
           (d.replay() ? "p" : "-") + (e.has_data() ? "d" : "-") + (e.binary() ? "b" : "-") + " " + e.id() + " " +
           std::to_string(d.subscription());
  }
  static inline std::string seen;
};

class Instance {
 public:
  static constexpr auto info = hark::Info("test.instance", "1");
  explicit Instance(hark::Context& ctx)
      : seen(ctx.name() + "|" + ctx.options() + "|" + ctx.state_dir() + "|" + std::to_string(ctx.generation()) +
             (ctx.is_source() ? "|source" : "|subscriber")) {
    last = seen;
  }
  void handle(const hark::Delivery&) {}
  std::string seen;
  static inline std::string last;
};

class Publisher {
 public:
  static constexpr auto info = hark::Info("test.publisher", "1").source();
  explicit Publisher(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery&) { ctx_.publish("out", "{}"); }
  void start() {
    ctx_.refuse_input("junk", "line 3", "not JSON");
    ctx_.finished(hark::Reject("the pipe broke"));
  }

 private:
  hark::Context& ctx_;
};

}  // namespace

TEST_CASE("a message arrives at the host with everything that was set on it") {
  BareHost host(hark::module_of<Relay>());
  REQUIRE(host.create().code == HARK_OK);
  Given given;
  given.type = "in.a";
  given.data = R"({"a":1})";
  given.subject = "s/1";
  given.attributes = {{"tag", "blue"}};
  REQUIRE(host.handle(given).code == HARK_OK);

  REQUIRE(host.published().size() == 1);
  const auto p = host.published()[0];
  CHECK(p.type == "out");
  CHECK(p.data == R"({"a":1})");
  CHECK(p.id == "7");
  CHECK(p.source == "/relay");
  CHECK(p.subject == "s/1");
  CHECK(p.content_type == "application/json");
  CHECK(p.schema == "s");
  CHECK(p.key == "k");
  CHECK(p.time_ns == 5);
  CHECK(p.attributes == decltype(p.attributes){{"tag", "blue"}});
  CHECK(p.cause == host.last_ticket());
  CHECK(p.token == 99);
  CHECK(p.flags == (HARK_M_TELL_KEPT | HARK_M_DATA_CHECKED));
  CHECK_FALSE(Relay::uid.empty());
}

TEST_CASE("a log line carries its level and fields and the ticket it is about") {
  BareHost host(hark::module_of<Relay>());
  REQUIRE(host.create().code == HARK_OK);
  REQUIRE(host.handle("in.a").code == HARK_OK);
  REQUIRE(host.logged().size() == 1);
  const auto line = host.logged()[0];
  CHECK(line.level == HARK_LOG_WARN);
  CHECK(line.text == "relaying");
  CHECK(line.ticket == host.last_ticket());
  CHECK(line.fields.at("type") == "in.a");
}

TEST_CASE("a message without data differs from one with empty data") {
  CHECK(hark::Message("t").raw()->data.p == nullptr);
  CHECK(hark::Message("t", "").raw()->data.p != nullptr);
  CHECK(hark::Message("t", std::string_view()).raw()->data.p != nullptr);
}

TEST_CASE("a delivery shows its attempt and flags and its event") {
  BareHost host(hark::module_of<Views>());
  REQUIRE(host.create().code == HARK_OK);
  Given given;
  given.type = "t";
  given.attempt = 3;
  given.flags = HARK_D_REDELIVERED | HARK_D_SUSPECT | HARK_D_REPLAY;
  given.binary = true;
  given.subscription = 12;
  REQUIRE(host.handle(given).code == HARK_OK);
  CHECK(Views::seen == "3rspdb 1 12");

  Given bare;
  bare.type = "t";
  bare.has_data = false;
  bare.id.clear();
  REQUIRE(host.handle(bare).code == HARK_OK);
  CHECK(Views::seen == "1----- 00000000-0000-7000-8000-000000000002 0");
}

TEST_CASE("an instance knows its name and options and what generation it is") {
  BareHost host(hark::module_of<Instance>());
  REQUIRE(host.create(R"({"x":1})", "bob", HARK_ROLE_SOURCE, "/state", 2).code == HARK_OK);
  CHECK(Instance::last == R"(bob|{"x":1}|/state|2|source)");
}

TEST_CASE("a publish that found no room becomes AGAIN and one that can never be becomes REJECT") {
  BareHost host(hark::module_of<Publisher>());
  REQUIRE(host.create().code == HARK_OK);
  const auto answer_when = [&](hark_result r) {
    host.on_publish([r](const auto&) { return r; });
    return host.handle("t");
  };
  CHECK(answer_when(HARK_AGAIN).code == HARK_AGAIN);
  CHECK(answer_when(HARK_CLOSING).code == HARK_AGAIN);
  CHECK(answer_when(HARK_NOMEM).code == HARK_RETRY);
  CHECK(answer_when(HARK_REJECT).code == HARK_REJECT);
  CHECK(answer_when(HARK_TOO_BIG).code == HARK_REJECT);
  CHECK(answer_when(-77).code == HARK_REJECT);
  CHECK(answer_when(HARK_DENIED).text == R"(publish "out": this type is not this plugin's to publish)");
  CHECK(host.published().empty());
}

TEST_CASE("a source refuses input and says that it is finished and why") {
  BareHost host(hark::module_of<Publisher>());
  REQUIRE(host.create().code == HARK_OK);
  REQUIRE(host.start().code == HARK_OK);
  REQUIRE(host.refused().size() == 1);
  CHECK(host.refused()[0].input == "junk");
  CHECK(host.refused()[0].origin == "line 3");
  CHECK(host.refused()[0].why == "not JSON");
  REQUIRE(host.finished().size() == 1);
  CHECK(host.finished()[0].code == HARK_REJECT);
  CHECK(host.finished()[0].text == "the pipe broke");
}

TEST_CASE("a uid is written as a UUID in lower case") {
  hark::Uid uid;
  CHECK(uid.empty());
  for (std::size_t i = 0; i < 16; ++i) uid.bytes[i] = static_cast<std::uint8_t>(0xA0 + i);
  CHECK(uid.text() == "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf");
}
