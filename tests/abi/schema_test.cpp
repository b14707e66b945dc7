// The JSON Schemas of declared events, and how a host asks for them.
#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>
#include <hark/typed.hpp>
#include <thread>

namespace {

HARK_ENUM(Colour, red, green);

struct Plain {
  std::string text;
  bool flag = false;
  std::int8_t small = 0;
  std::int64_t big = 0;
  std::uint64_t natural = 0;
  double real = 0;
  std::optional<std::string> maybe;
};
HARK_EVENT(Plain, "plain", text, flag, HARK_DEFAULT(small), big, natural, real, maybe);

struct Part {
  Colour colour;
};
HARK_FIELDS(Part, colour);
struct Whole {
  std::vector<Part> parts;
  std::map<std::string, std::optional<bool>> switches;
  std::optional<Colour> colour;
  Part part{Colour::green};
  double endless = std::numeric_limits<double>::infinity();
};
HARK_EVENT(Whole, "whole", parts, switches, colour, HARK_DEFAULT(part), HARK_DEFAULT(endless));

struct Unmakeable {
  Unmakeable() { throw std::runtime_error("not today"); }
  int n = 0;
};
HARK_EVENT(Unmakeable, "unmakeable", n);

class Both : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.both", "1")
                                   .hears("rest.**", hark::event<Plain>)
                                   .publishes(hark::event<Plain>, "free", hark::event<Whole>);
  explicit Both(hark::Context& ctx) : Typed(ctx) {
    on<Plain>([](const Plain&) {});
  }
};

class Thrower : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.thrower", "1").hears(hark::event<Unmakeable>);
  explicit Thrower(hark::Context& ctx) : Typed(ctx) {}
};

// Hears what it does not say.
template <class Heard>
class Sly : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.sly", "1").hears(hark::event<Plain>);
  explicit Sly(hark::Context& ctx) : Typed(ctx) {
    on<Heard>([](const Heard&) {});
  }
};
struct OtherPlain {
  int n = 0;
};
HARK_EVENT(OtherPlain, "plain", n);

template <class Plugin>
const hark_ext_events* events_of() {
  const hark_plugin& p = *hark::module_of<Plugin>()->plugin;
  return static_cast<const hark_ext_events*>(p.extension(&p, "hark.events/1"));
}

}  // namespace

TEST_CASE("the schema of a flat event says kinds and ranges and what may be left out") {
  CHECK(std::string(hark::event<Plain>.schema()) ==
        R"({"type":"object","properties":{"text":{"type":"string"},"flag":{"type":"boolean"},)"
        R"("small":{"type":"integer","minimum":-128,"maximum":127,"default":0},"big":{"type":"integer"},)"
        R"("natural":{"type":"integer","minimum":0},"real":{"type":"number"},"maybe":{"type":["string","null"]}},)"
        R"("required":["text","flag","big","natural","real"]})");
}

TEST_CASE("the schema of a nested event is written out with words and defaults") {
  CHECK(std::string(hark::event<Whole>.schema()) ==
        R"({"type":"object","properties":{"parts":{"type":"array","items":{"type":"object",)"
        R"("properties":{"colour":{"type":"string","enum":["red","green"]}},"required":["colour"]}},)"
        R"("switches":{"type":"object","additionalProperties":{"type":["boolean","null"]}},)"
        R"("colour":{"type":["string","null"],"enum":["red","green",null]},)"
        R"("part":{"type":"object","properties":{"colour":{"type":"string","enum":["red","green"]}},)"
        R"("required":["colour"],"default":{"colour":"green"}},"endless":{"type":"number"}},)"
        R"("required":["parts","switches"]})");
}

TEST_CASE("a plugin gives the schemas of the events that its info names by their struct") {
  const hark_plugin& p = *hark::module_of<Both>()->plugin;
  CHECK(std::string(p.subscribes[0]) == "rest.**");
  CHECK(std::string(p.subscribes[1]) == "plain");
  CHECK(std::string(p.publishes[2]) == "whole");
  CHECK(p.extension(&p, "hark.nothing/1") == nullptr);
  const hark_ext_events* events = events_of<Both>();
  REQUIRE(events != nullptr);
  CHECK(events->size == sizeof(hark_ext_events));
  REQUIRE(events->n == 3);
  CHECK(events->items[0]->size == sizeof(hark_event_type));
  CHECK(events->items[0]->direction == HARK_EVENT_HEARD);
  CHECK(std::string(events->items[0]->type) == "plain");
  CHECK(events->items[1]->direction == HARK_EVENT_PUBLISHED);
  CHECK(events->items[0]->schema == events->items[1]->schema);
  CHECK(std::string(events->items[2]->type) == "whole");
  CHECK(std::string(events->items[2]->schema) == hark::event<Whole>.schema());
}

TEST_CASE("schemas are made once also when several threads ask at the same time") {
  std::vector<const hark_ext_events*> given(8);
  std::vector<std::thread> threads;
  for (auto& g : given) threads.emplace_back([&g] { g = events_of<Both>(); });
  for (std::thread& t : threads) t.join();
  for (const auto* g : given) CHECK(g == events_of<Both>());
}

TEST_CASE("a struct that cannot be made costs its schema and lets nothing out") {
  CHECK(events_of<Thrower>() == nullptr);
}

TEST_CASE("a handler that info does not describe fails create where info describes others") {
  CHECK(hark::testing::BareHost(hark::module_of<Sly<Plain>>()).create().code == HARK_OK);
  const auto a = hark::testing::BareHost(hark::module_of<Sly<Whole>>()).create();
  CHECK(a.code == HARK_REJECT);
  CHECK(a.text == "on<>() handles \"whole\", which info does not describe: add its hark::event to Info::hears()");
  CHECK(hark::testing::BareHost(hark::module_of<Sly<OtherPlain>>()).create().code == HARK_REJECT);
}
