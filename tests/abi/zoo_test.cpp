// The zoo in a bare host: each animal does what its README line says, so that a test of the real host which uses it
// tests the host. Those that end the process are left to it.
#include <catch2/catch.hpp>
#include <fstream>
#include <hark/testing/bare_host.hpp>

using hark::testing::BareHost;
using hark::testing::Given;

namespace {

struct Zoo : BareHost {
  explicit Zoo(const char* name, const char* options = "{}", std::uint32_t generation = 0)
      : BareHost(std::filesystem::path(HARK_TEST_ZOO) / (std::string(name) + ".so")) {
    REQUIRE(create(options, name, HARK_ROLE_SUBSCRIBER, {}, generation).code == HARK_OK);
    REQUIRE(start().code == HARK_OK);
  }
};
std::filesystem::path zoo(const char* name) { return std::filesystem::path(HARK_TEST_ZOO) / name; }

}  // namespace

TEST_CASE("zoo: what throws through the SDK is a retry") {
  CHECK(Zoo("throws").handle("t").text == "boom");
  CHECK(Zoo("throws").handle("t", R"({"text":"bang"})").text == "bang");
  CHECK(Zoo("throws", R"({"only":"bad"})").handle("good").code == HARK_OK);
  CHECK(Zoo("throws_int").handle("t").code == HARK_RETRY);
}

TEST_CASE("zoo: unfenced throws across the ABI") {
  CHECK_THROWS_WITH(Zoo("unfenced").handle("t"), "thrown across the ABI");
}

TEST_CASE("zoo: answers gives the code of its event") {
  Zoo host("answers");
  CHECK(host.handle("t", R"({"answer": -3,"text":"why"})").code == HARK_FATAL);
  CHECK(host.handle("t", R"({"answer": 77})").code == 77);
  CHECK(host.handle("t", R"({"answer":-77})").code == -77);
  Given given;
  given.type = "t";
  given.data = R"({"answer":-1,"until":3})";
  CHECK(host.handle(given).code == HARK_RETRY);
  given.attempt = 3;
  CHECK(host.handle(given).code == HARK_OK);
}

TEST_CASE("zoo: pends completes early or twice or late or never") {
  Zoo host("pends");
  CHECK(host.handle("t", R"({"how":"never"})").code == HARK_PENDING);
  CHECK(host.completed().empty());
  CHECK(host.handle("t", R"({"how":"twice"})").code == HARK_PENDING);
  CHECK(host.completed().at(0).answered == HARK_OK);
  CHECK(host.completed().at(1).answered == HARK_STALE);
  CHECK(host.handle("t", R"({"how":"garbage"})").code == HARK_PENDING);
  CHECK(host.completed().at(2).answered == HARK_INVALID);
  CHECK(host.handle("t", R"({"how":"forged"})").code == HARK_PENDING);
  CHECK(host.completed().at(4).answered == HARK_STALE);
  CHECK(host.handle("t", R"({"how":"thread"})").code == HARK_PENDING);
  CHECK(host.wait([](const auto& h) { return h.completed().size() == 7; }));
}

TEST_CASE("zoo: create and start and entry fail with their reasons") {
  BareHost a(zoo("create_fails.so"));
  CHECK(a.create().text == "cannot reach the database");
  CHECK(a.create(R"({"silent":1})").text.empty());
  BareHost b(zoo("create_throws.so"));
  CHECK(b.create().text == "thrown by the constructor");
  BareHost c(zoo("start_fails.so"));
  REQUIRE(c.create().code == HARK_OK);
  CHECK(c.start().text == "port 80 is taken");
  CHECK_THROWS_WITH(BareHost(zoo("decline.so")), Catch::Contains("declined: no licence found"));
  CHECK_THROWS_WITH(BareHost(zoo("too_new.so")), Catch::Contains("needs plugin ABI 1.999"));
  CHECK_THROWS_WITH(BareHost(zoo("missing_symbol.so")), Catch::Contains("zoo_no_such_function"));
}

TEST_CASE("zoo: publishers publish what they say") {
  Zoo floods("floods", R"({"count":5})");
  CHECK(floods.handle("t").code == HARK_OK);
  CHECK(floods.published().size() == 6);
  CHECK(floods.published().back().data == R"({"taken":5,"refused":0})");
  Zoo ping("ping");
  CHECK(ping.handle("ping").code == HARK_OK);
  CHECK(ping.published().at(0).type == "ping");
  Zoo echo("echo", R"({"as":"x"})");
  CHECK(echo.handle("t", R"({"a":1})").code == HARK_OK);
  CHECK(echo.published().at(0).data == R"({"a":1})");
  CHECK(echo.handle("x").code == HARK_SKIP);
  Zoo imposter("imposter");
  CHECK(imposter.handle("go").code == HARK_OK);
  CHECK(imposter.logged("hark.fake: HARK_DENIED"));
}

TEST_CASE("zoo: later publishes from its own thread with a retained cause") {
  Zoo host("later");
  CHECK(host.handle("t").code == HARK_OK);
  REQUIRE(host.wait_published(1));
  CHECK(host.published()[0].caused_by == "t");
}

TEST_CASE("zoo: fatal breaks until its generation is high enough") {
  CHECK(Zoo("fatal", "{}", 0).handle("t", R"({"fatal":2})").code == HARK_FATAL);
  CHECK(Zoo("fatal", "{}", 2).handle("t", R"({"fatal":2})").code == HARK_OK);
}

TEST_CASE("zoo: emitter emits and is finished") {
  BareHost host(zoo("emitter.so"));
  REQUIRE(host.create(R"({"count":4,"type":"x","fail":1})", "e", HARK_ROLE_SOURCE).code == HARK_OK);
  REQUIRE(host.start().code == HARK_OK);
  REQUIRE(host.wait_finished());
  CHECK(host.published().size() == 4);
  CHECK(host.finished()[0].code == HARK_REJECT);
}

TEST_CASE("zoo: leaks retains and counter counts and affine watches its thread") {
  Zoo leaks("leaks");
  CHECK(leaks.handle("t").code == HARK_OK);
  leaks.end();
  CHECK(leaks.retained() == 1);
  Zoo counter("counter");
  CHECK(counter.handle("t").code == HARK_OK);
  CHECK(counter.metrics().at("zoo_deliveries") == 1);
  Zoo affine("affine");
  affine.end();
  CHECK(affine.logged("affine: one thread"));
}

TEST_CASE("zoo: recorder writes a line for each delivery") {
  const auto path = std::filesystem::temp_directory_path() / ("hark-recorded-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  Zoo host("recorder", (R"({"path":")" + path.string() + R"("})").c_str());
  CHECK(host.handle("t", R"({"a":1})").code == HARK_OK);
  std::string line;
  std::ifstream in(path);
  std::getline(in, line);
  CHECK(line == R"(1 t 1 {"a":1})");
  std::filesystem::remove(path);
}

TEST_CASE("zoo: subscribes follows what it is told") {
  Zoo host("subscribes");
  CHECK(host.handle("zoo.subscribe", R"({"pattern":"a.*"})").code == HARK_OK);
  CHECK(host.subscriptions().size() == 1);
  CHECK(host.handle("zoo.unsubscribe", R"({"pattern":"a.*"})").code == HARK_OK);
  CHECK(host.subscriptions().empty());
}

TEST_CASE("zoo: ticks publishes at each tick and throws where it is told to") {
  Zoo host("ticks", R"({"ms":5,"breaks":2})");
  const auto answers = host.advance(std::chrono::milliseconds(15));
  CHECK(host.published().at(1).data == R"({"n":1,"generation":0})");
  REQUIRE(answers.size() == 3);
  CHECK(answers[2].code == HARK_FATAL);
}

TEST_CASE("zoo: the rest answer as they say") {
  CHECK(Zoo("minimal").handle("t").code == HARK_OK);
  CHECK(Zoo("no_note").handle("t").code == HARK_OK);
  CHECK(Zoo("note_mismatch").handle("t").code == HARK_OK);
  CHECK(Zoo("needs_proc").handle("t").code == HARK_OK);
  CHECK(Zoo("thread_local").handle("t").code == HARK_OK);
  CHECK(Zoo("sleeps", R"({"ms":1})").handle("t").code == HARK_OK);
  CHECK(Zoo("inliner", R"({"as":"x"})").handle("t", R"({"answer":-1})").code == HARK_RETRY);
  Zoo batches("batches");
  std::vector<Given> given(3);
  given[0].data = R"({"answer":-2})";
  given[1].data = R"({"leave":1})";
  given[2].data = R"({"throw":1})";
  const auto a = batches.handle_batch(given);
  CHECK(a[0].code == HARK_REJECT);
  CHECK(a[1].code == HARK_RETRY);
  CHECK(a[2].code == HARK_RETRY);
}
