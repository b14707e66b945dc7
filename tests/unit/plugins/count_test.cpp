// count: what it counts and what it says, on a clock that the test moves.
#include <catch2/catch.hpp>
#include <hark/testing/bare_host.hpp>

#include <string>

using hark::testing::Answered;
using hark::testing::BareHost;
using hark::testing::Given;
using namespace std::chrono_literals;

namespace {

struct CountHost : BareHost {
  explicit CountHost(const std::string& options = "{}", std::uint32_t role = HARK_ROLE_SUBSCRIBER)
      : BareHost(std::filesystem::path(HARK_TEST_count)) {
    REQUIRE(create(options, "stats", role).code == HARK_OK);
    REQUIRE(start().code == HARK_OK);
  }
  void hear(const std::string& type, const std::string& data = "{}", int times = 1) {
    Given g;
    g.type = type;
    g.data = data;
    for (const Answered& a : handle_batch(std::vector<Given>(static_cast<std::size_t>(times), g)))
      CHECK(a.code == HARK_OK);
  }
  // The summary, without its times.
  std::string summary(std::size_t n) const {
    const std::string data = published().at(n).data;
    return data.substr(data.find("\"total\""));
  }
  std::string ends_with_groups() {
    REQUIRE(flush().code == HARK_OK);
    const std::string s = summary(published().size() - 1);
    return s.substr(s.find("\"groups\""));
  }
};

std::string refused(const std::string& options) {
  BareHost host{std::filesystem::path(HARK_TEST_count)};
  const Answered a = host.create(options);
  CHECK(a.code == HARK_REJECT);
  return a.text;
}

}  // namespace

TEST_CASE("count says at the end how many events of each type came in") {
  CountHost host;
  host.hear("b");
  host.hear("a", "{}", 3);
  host.hear("b", "not even JSON");
  CHECK(host.flush().code == HARK_OK);
  REQUIRE(host.published().size() == 1);
  const auto event = host.published()[0];
  CHECK(event.type == "count.summary");
  CHECK((event.flags & HARK_M_DATA_CHECKED) != 0);
  CHECK(
      host.summary(0) ==
      R"("total":5,"of_interval":5,"since_start":5,"other":0,"groups":[{"type":"a","count":3},{"type":"b","count":2}]})");
  CHECK(host.metrics().at("counted") == 5);
}

TEST_CASE("count says from when to when it counted") {
  CountHost host(R"({"every":"1s"})");
  host.hear("a");
  (void)host.advance(1s);
  host.hear("a");
  (void)host.advance(1s);
  REQUIRE(host.published().size() == 2);
  const auto time = [&](std::size_t n, const char* name) {
    const std::string data = host.published()[n].data;
    const std::size_t at = data.find(std::string("\"") + name + "\":\"") + std::strlen(name) + 4;
    return data.substr(at, data.find('"', at) - at);
  };
  CHECK(time(0, "from").substr(0, 2) == "20");
  CHECK(time(0, "from").back() == 'Z');
  CHECK(time(0, "to") == time(1, "from"));
  CHECK(time(1, "to").size() >= 20);
}

TEST_CASE("count publishes at each interval what came in since the one before") {
  CountHost host(R"({"every":"10s","type":"stats.http"})");
  host.hear("a", "{}", 2);
  CHECK(host.advance(9999ms).empty());
  CHECK(host.published().empty());
  (void)host.advance(1ms);
  host.hear("a");
  host.hear("b");
  (void)host.advance(10s);
  REQUIRE(host.published().size() == 2);
  CHECK(host.published()[0].type == "stats.http");
  CHECK(host.summary(0) == R"("total":2,"of_interval":2,"since_start":2,"other":0,"groups":[{"type":"a","count":2}]})");
  CHECK(
      host.summary(1) ==
      R"("total":2,"of_interval":2,"since_start":4,"other":0,"groups":[{"type":"a","count":1},{"type":"b","count":1}]})");
  CHECK(host.flush().code == HARK_OK);
  CHECK(host.published().size() == 2);
}

TEST_CASE("count goes on from the start where it is not to reset") {
  CountHost host(R"({"every":"1s","reset":false})");
  host.hear("a", "{}", 2);
  (void)host.advance(1s);
  (void)host.advance(1s);  // nothing new, nothing said
  host.hear("b");
  (void)host.advance(1s);
  REQUIRE(host.published().size() == 2);
  CHECK(
      host.summary(1) ==
      R"("total":3,"of_interval":1,"since_start":3,"other":0,"groups":[{"type":"a","count":2},{"type":"b","count":1}]})");
}

TEST_CASE("count says nothing of an empty interval unless it is told to") {
  CountHost silent(R"({"every":"1s"})");
  (void)silent.advance(5s);
  CHECK(silent.flush().code == HARK_OK);
  CHECK(silent.published().empty());
  CountHost talks(R"({"every":"1s","empty":true})");
  (void)talks.advance(3s);
  REQUIRE(talks.published().size() == 3);
  CHECK(talks.summary(2) == R"("total":0,"of_interval":0,"since_start":0,"other":0,"groups":[]})");
}

TEST_CASE("count keeps to itself at the end where it is told to") {
  CountHost host(R"({"at_end":false})");
  host.hear("a");
  CHECK(host.flush().code == HARK_OK);
  CHECK(host.published().empty());
}

TEST_CASE("count never counts its own summaries") {
  CountHost host(R"({"type":"s"})");
  CHECK(host.handle("s").code == HARK_SKIP);
  host.hear("a");
  CHECK(host.handle("s").code == HARK_SKIP);
  CHECK(host.ends_with_groups() == R"("groups":[{"type":"a","count":1}]})");
}

TEST_CASE("count takes values of the data as they are and null for what is not there") {
  CountHost host(R"({"by":["data.v"]})");
  host.hear("a", R"({"v":"red"})", 9);
  host.hear("a", R"({"v":7})", 8);
  host.hear("a", R"({"v":-1.50})", 7);
  host.hear("a", R"({"v":true})", 6);
  host.hear("a", R"({"v":1.0})", 5);
  host.hear("a", R"({"v":null})", 2);
  host.hear("a", R"({"w":1})", 1);
  host.hear("a", "[1]", 1);
  host.hear("a", R"({"v":[1, {"x":2}]})", 3);
  host.hear("a", R"({"v":18446744073709551615})", 2);
  host.hear("a", R"({"v":"a\"b\n"})", 1);
  CHECK(
      host.ends_with_groups() ==
      R"("groups":[{"data.v":"red","count":9},{"data.v":7,"count":8},{"data.v":-1.5,"count":7},)"
      R"({"data.v":true,"count":6},{"data.v":1.0,"count":5},{"data.v":null,"count":4},)"
      R"({"data.v":"[1,{\"x\":2}]","count":3},{"data.v":18446744073709551615,"count":2},{"data.v":"a\"b\n","count":1}]})");
}

TEST_CASE("count goes by several fields and by attributes and by elements of lists") {
  CountHost host(R"({"by":["source","subject","tenant","data.list.1","data"]})");
  Given g;
  g.type = "a";
  g.source = "/s";
  g.attributes = {{"tenant", "t1"}};
  g.data = R"({"list":["x","y"]})";
  CHECK(host.handle(g).code == HARK_OK);
  CHECK(host.ends_with_groups() == R"("groups":[{"source":"/s","subject":null,"tenant":"t1","data.list.1":"y",)"
                                   R"("data":"{\"list\":[\"x\",\"y\"]}","count":1}]})");
}

TEST_CASE("count reads no fields in data that is not JSON") {
  CountHost host(R"({"by":["data.v"]})");
  Given text;
  text.type = "a";
  text.content_type = "text/plain";
  text.data = R"({"v":1})";
  Given bytes = text, none = text;
  bytes.content_type = "";
  bytes.binary = true;
  none.content_type = "";
  none.has_data = false;
  for (const Given& g : {text, bytes, none}) CHECK(host.handle(g).code == HARK_OK);
  CHECK(host.ends_with_groups() == R"("groups":[{"data.v":null,"count":3}]})");
}

TEST_CASE("count counts as other what is past max_groups and says so once") {
  CountHost host(R"({"max_groups":2})");
  for (const char* type : {"a", "b", "c", "d", "a", "c"}) host.hear(type);
  CHECK(host.ends_with_groups() == R"("groups":[{"type":"a","count":2},{"type":"b","count":1}]})");
  CHECK(host.summary(0).find(R"("total":6,"of_interval":6,"since_start":6,"other":3)") == 0);
  for (const char* type : {"x", "y", "z"}) host.hear(type);
  CHECK(host.ends_with_groups() == R"("groups":[{"type":"x","count":1},{"type":"y","count":1}]})");
  CHECK(host.logged().size() == 1);
  CHECK(host.logged("max_groups"));
}

TEST_CASE("count cuts long values between two characters") {
  CountHost host(R"({"by":["data.v"]})");
  std::string text(252, 'x');
  text += "\xC3\xA4\xC3\xA4";  // 256 bytes: whole
  host.hear("a", R"({"v":")" + text + "\"}");
  host.hear("a", R"({"v":")" + text + "!\"}", 2);
  CHECK(host.ends_with_groups() == R"("groups":[{"data.v":")" + std::string(252, 'x') +
                                       R"(...","count":2},{"data.v":")" + text + R"(","count":1}]})");
}

TEST_CASE("count keeps what finds no room for the next summary") {
  CountHost host(R"({"every":"1s"})");
  host.on_publish([](const auto&) { return HARK_AGAIN; });
  host.hear("a");
  for (const Answered& a : host.advance(1s)) CHECK(a.code == HARK_OK);
  host.on_publish({});
  host.hear("a");
  (void)host.advance(1s);
  REQUIRE(host.published().size() == 1);
  CHECK(host.summary(0).find(R"("total":2)") == 0);
}

TEST_CASE("count asks again for room at the end and says when there never was any") {
  CountHost host;
  host.on_publish([](const auto&) { return HARK_AGAIN; });
  host.hear("a");
  CHECK(host.flush().code == HARK_AGAIN);
  (void)host.advance(100ms);
  CHECK(host.published().empty());
  host.on_publish({});
  (void)host.advance(100ms);
  CHECK(host.published().size() == 1);
  CHECK(host.timers() == 0);
  CHECK(host.stop().code == HARK_OK);
  CHECK(host.logged().empty());

  CountHost never;
  never.on_publish([](const auto&) { return HARK_AGAIN; });
  never.hear("a");
  CHECK(never.flush().code == HARK_AGAIN);
  never.end();
  CHECK(never.logged("the last summary could not be published"));
}

TEST_CASE("count leaves out the smallest groups of a summary that is too big for the host") {
  CountHost host;
  host.on_publish([](const auto& p) { return p.data.size() > 170 ? HARK_TOO_BIG : HARK_OK; });
  host.hear("most", "{}", 3);
  for (int i = 0; i < 20; ++i) host.hear("t" + std::to_string(i));
  CHECK(host.flush().code == HARK_OK);
  REQUIRE(host.published().size() == 1);
  CHECK(host.summary(0).find(R"("total":23,"of_interval":23,"since_start":23,"other":20,)") == 0);
  CHECK(host.summary(0).find(R"({"type":"most","count":3})") != std::string::npos);
}

TEST_CASE("count tells of a summary that the host refuses and lives on") {
  CountHost host(R"({"every":"1s"})");
  host.on_publish([](const auto&) { return HARK_DENIED; });
  host.hear("a");
  for (const Answered& a : host.advance(1s)) CHECK(a.code == HARK_OK);
  CHECK(host.logged("no summary was published"));
  CHECK(host.flush().code == HARK_AGAIN);  // of the answers that plugin.h lists for flush()
  CHECK(host.timers() == 1);               // it will never be taken: no further attempts
}

TEST_CASE("count says which option is wrong and how") {
  CHECK(refused(R"({"by":["Type"]})").find("option by: \"Type\" is no field: write an attribute") == 0);
  CHECK(refused(R"({"by":["data..x"]})").find("option by: \"data..x\" is no field") == 0);
  CHECK(refused(R"({"by":["type","type"]})") == "option by: \"type\" stands there twice");
  CHECK(refused(R"({"by":["count"]})").find("option by: \"count\" is what a summary calls") == 0);
  CHECK(refused(R"({"every":"10"})").find("every") != std::string::npos);
  CHECK(refused(R"({"every":"0s"})") == "option every: at least 1ms");
  CHECK(refused(R"({"type":"hark.mine"})").find("option type: types that begin with") == 0);
}
