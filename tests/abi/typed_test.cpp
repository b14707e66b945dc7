// Handlers by the type of their struct.
#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>
#include <hark/typed.hpp>

using hark::testing::BareHost;
using hark::testing::Given;

namespace {

struct Asked {
  std::string question;
  int times = 1;
};
HARK_EVENT(Asked, "asked", question, HARK_DEFAULT(times));
struct Answered {
  std::string text;
};
HARK_EVENT(Answered, "answered", text);
struct Silent {
  bool quiet = true;
};
HARK_EVENT(Silent, "silent", quiet);

struct Options {
  int limit = 3;
};
HARK_FIELDS(Options, HARK_DEFAULT(limit));

class Oracle : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.oracle", "1").hears(hark::type_of<Asked>);
  explicit Oracle(hark::Context& ctx) : Typed(ctx), limit_(hark::options<Options>(ctx).limit) {
    on<Asked>([this](const Asked& a, const hark::Delivery& d) -> hark::Result {
      if (a.times > limit_) return hark::Retry("asked too often");
      publish(Answered{a.question + "? " + std::to_string(d.attempt())});
      return hark::ok;
    });
    on<Silent>([](const Silent&) { throw std::runtime_error("not so quiet"); });
  }

 private:
  int limit_;
};

class Rest : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.rest", "1");
  explicit Rest(hark::Context& ctx) : Typed(ctx) {
    on<Silent>([](const Silent&) {});
  }
  hark::Result handle(const hark::Delivery& d) {
    if (auto r = dispatch(d)) return *r;
    return hark::Reject("not typed: " + std::string(d.event().type()));
  }
};

class Twice : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("test.twice", "1");
  explicit Twice(hark::Context& ctx) : Typed(ctx) {
    on<Silent>([](const Silent&) {});
    on<Silent>([](const Silent&) {});
  }
};

}  // namespace

TEST_CASE("an event reaches the handler of its type and what it publishes is JSON of its type") {
  BareHost host(hark::module_of<Oracle>());
  REQUIRE(host.create().code == HARK_OK);
  REQUIRE(host.handle("asked", R"({"question":"why"})").code == HARK_OK);
  REQUIRE(host.published().size() == 1);
  CHECK(host.published()[0].type == "answered");
  CHECK(host.published()[0].data == R"({"text":"why? 1"})");
  CHECK(host.published()[0].flags == HARK_M_DATA_CHECKED);
}

TEST_CASE("a payload that does not fit is rejected and the handler does not see it") {
  BareHost host(hark::module_of<Oracle>());
  REQUIRE(host.create().code == HARK_OK);
  const auto a = host.handle("asked", R"({"question":5})");
  CHECK(a.code == HARK_REJECT);
  CHECK(a.text == "field `question`: expected text, found number");
  CHECK(host.handle("asked", "nonsense").code == HARK_REJECT);
  CHECK(host.published().empty());
}

TEST_CASE("what a typed handler returns or throws is the answer") {
  BareHost host(hark::module_of<Oracle>());
  REQUIRE(host.create().code == HARK_OK);
  CHECK(host.handle("asked", R"({"question":"q","times":4})").code == HARK_RETRY);
  CHECK(host.handle("silent", R"({"quiet":true})").text == "not so quiet");
}

TEST_CASE("an event of a type without a handler is skipped or falls to a handle of its own") {
  BareHost typed(hark::module_of<Oracle>());
  REQUIRE(typed.create().code == HARK_OK);
  CHECK(typed.handle("asked.other", "junk").code == HARK_SKIP);
  BareHost rest(hark::module_of<Rest>());
  REQUIRE(rest.create().code == HARK_OK);
  CHECK(rest.handle("silent", R"({"quiet":false})").code == HARK_OK);
  CHECK(rest.handle("other").text == "not typed: other");
}

TEST_CASE("data that is not JSON is rejected by what it is") {
  BareHost host(hark::module_of<Oracle>());
  REQUIRE(host.create().code == HARK_OK);
  Given given;
  given.type = "asked";
  given.data = R"({"question":"q"})";
  for (const char* fine :
       {"", "application/json", "Application/JSON ; charset=utf-8", "application/x+json", "text/json"}) {
    given.content_type = fine;
    INFO(fine);
    CHECK(host.handle(given).code == HARK_OK);
  }
  given.content_type = "text/plain";
  CHECK(host.handle(given).text == "expected a JSON object, found text/plain");
  given.content_type = "application/json";
  given.binary = true;
  CHECK(host.handle(given).text == "expected a JSON object, found binary data");
  given.binary = false;
  given.has_data = false;
  CHECK(host.handle(given).text == "expected a JSON object, found no data");
}

TEST_CASE("options are read into a struct and wrong ones fail create") {
  BareHost host(hark::module_of<Oracle>());
  const auto a = host.create(R"({"limit":"many"})");
  CHECK(a.code == HARK_REJECT);
  CHECK(a.text == "options: field `limit`: expected integer, found text");
  REQUIRE(host.create(R"({"limit":9})").code == HARK_OK);
  CHECK(host.handle("asked", R"({"question":"q","times":4})").code == HARK_OK);
}

TEST_CASE("two handlers for one type fail create") {
  BareHost host(hark::module_of<Twice>());
  CHECK(host.create().text == "two handlers for the type silent");
}

TEST_CASE("a struct without a JSON form is not published") {
  BareHost host(hark::module_of<Oracle>());
  REQUIRE(host.create().code == HARK_OK);
  Given given;
  given.type = "asked";
  given.data = R"({"question":"q"})";
  hark_create_info info{};
  hark::Context ctx(host.table(), &info);
  CHECK_THROWS_WITH(hark::publish(ctx, Answered{"\xc3"}),
                    "publish \"answered\": field `text`: has no JSON form (not UTF-8, not a finite number, or "
                    "a value without a word)");
}
