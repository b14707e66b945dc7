// What the SDK puts into the tables and the note.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/bare_host.hpp>

namespace {

struct Least {
  static constexpr auto info = hark::Info("test.least", "1");
  void handle(const hark::Delivery&) {}
};

struct Most {
  static constexpr auto info = hark::Info("test.most", "2.1")
                                   .name("Most")
                                   .vendor("v")
                                   .license("MIT")
                                   .options("{}")
                                   .hears("a", "b.*")
                                   .publishes("c")
                                   .source()
                                   .can(HARK_CAP_IDEMPOTENT)
                                   .threads(hark::Threads::concurrent)
                                   .in_flight(9)
                                   .batch(4)
                                   .min_host(0);
  void handle_batch(hark::Batch& b) {
    batches.push_back(b.size());
    if (b[0].event().type() == "reject") b.answer(0, hark::Reject("no"));
  }
  void start() {}
  void stop(std::int64_t until_ns) { stopped_until = until_ns; }
  void flush(std::int64_t) {}
  void reconfigure() {}
  void on_timer(std::uint64_t) {}
  void outcome(std::uint32_t, const std::uint64_t*, std::uint32_t, hark_result) {}
  static inline std::vector<std::uint32_t> batches;
  static inline std::int64_t stopped_until = 0;
};

struct OnlySource {
  static constexpr auto info = hark::Info("test.source", "1").source();
};

struct TooNew {
  static constexpr auto info = hark::Info("test.new", "1").min_host(7);
  void handle(const hark::Delivery&) {}
};

}  // namespace

TEST_CASE("functions that a class does not have are NULL in its table") {
  const hark_plugin& p = *hark::module_of<Least>()->plugin;
  CHECK(p.size == sizeof(hark_plugin));
  CHECK(p.create != nullptr);
  CHECK(p.handle != nullptr);
  CHECK(p.destroy != nullptr);
  CHECK(p.handle_batch == nullptr);
  CHECK(p.on_timer == nullptr);
  CHECK(p.outcome == nullptr);
  CHECK(p.flush == nullptr);
  CHECK(p.reconfigure == nullptr);
  CHECK(p.extension == nullptr);
  CHECK(p.subscribes == nullptr);
  CHECK(p.publishes == nullptr);
  CHECK(p.config_schema == nullptr);
  CHECK(p.caps == HARK_CAP_SUBSCRIBER);
  CHECK(p.max_in_flight == 1);
  CHECK(p.max_batch == 0);
}

TEST_CASE("everything that a class says of itself is in its table") {
  const hark_plugin& p = *hark::module_of<Most>()->plugin;
  CHECK(std::string(p.id) == "test.most");
  CHECK(std::string(p.name) == "Most");
  CHECK(std::string(p.version) == "2.1");
  CHECK(std::string(p.vendor) == "v");
  CHECK(std::string(p.license) == "MIT");
  CHECK(std::string(p.config_schema) == "{}");
  CHECK(std::string(p.subscribes[0]) == "a");
  CHECK(std::string(p.subscribes[1]) == "b.*");
  CHECK(p.subscribes[2] == nullptr);
  CHECK(std::string(p.publishes[0]) == "c");
  CHECK(p.publishes[1] == nullptr);
  CHECK(p.caps == (HARK_CAP_SOURCE | HARK_CAP_SUBSCRIBER | HARK_CAP_IDEMPOTENT));
  CHECK(p.threads == HARK_THREADS_CONCURRENT);
  CHECK(p.max_in_flight == 9);
  CHECK(p.max_batch == 4);
  CHECK(p.flush != nullptr);
  CHECK(p.reconfigure != nullptr);
  CHECK(p.on_timer != nullptr);
  CHECK(p.outcome != nullptr);
}

TEST_CASE("a class with only handle_batch hears single deliveries as batches of one") {
  hark::testing::BareHost host(hark::module_of<Most>());
  REQUIRE(host.create().code == HARK_OK);
  Most::batches.clear();
  CHECK(host.handle("a").code == HARK_OK);
  const auto a = host.handle("reject");
  CHECK(a.code == HARK_REJECT);
  CHECK(a.text == "no");
  CHECK(Most::batches == std::vector<std::uint32_t>{1, 1});
  CHECK(host.stop().code == HARK_OK);
  CHECK(Most::stopped_until > 0);
}

TEST_CASE("a source without a handler skips what it is handed") {
  hark::testing::BareHost host(hark::module_of<OnlySource>());
  CHECK(host.plugin().caps == HARK_CAP_SOURCE);
  REQUIRE(host.create("{}", "s", HARK_ROLE_SOURCE).code == HARK_OK);
  CHECK(host.handle("t").code == HARK_SKIP);
}

TEST_CASE("the note says the same as the module") {
  constexpr hark_note n = Most::info.note(hark::detail::Traits<Most>::caps);
  CHECK(std::string(n.id) == "test.most");
  CHECK(std::string(n.version) == "2.1");
  CHECK(std::string(n.owner) == "HRK");
  CHECK(n.caps == hark::module_of<Most>()->plugin->caps);
  CHECK(n.flags == HARK_NOTE_FENCED);
  CHECK(n.abi_major == hark::module_of<Most>()->abi_major);
  CHECK(n.descsz == sizeof(hark_note) - 16);
}

TEST_CASE("an entry declines a host that is too old and says what it needs") {
  hark_loader loader{};
  loader.size = sizeof loader;
  hark_error err{};
  CHECK(hark::detail::enter<TooNew>(&loader, &err) == nullptr);
  CHECK(std::string(err.msg, err.len) == "needs plugin ABI 1.7 or newer, this host has 1.0");
  loader.host_abi_minor = 7;
  CHECK(hark::detail::enter<TooNew>(&loader, &err) != nullptr);
}
