// A link to a worker that lies: the host believes nothing that it cannot check, and ends what cannot be right.
#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <vector>

#include "bus/callee.h"
#include "core/clock.h"
#include "support/eventually.h"
#include "worker/link.h"

using namespace hark;
using namespace hark::worker;
using hark::test::eventually;

namespace {

// What a host would do, counted.
struct Host {
  Host() {
    table.size = sizeof table;
    table.impl = this;
    table.extension = [](const hark_host*, const char*) -> const void* { return nullptr; };
    table.now = [](const hark_host*) { return core::now_ns(); };
    table.log = [](const hark_host*, std::int32_t, std::uint64_t, hark_str, const hark_kv*, std::uint32_t) {};
    table.log_level = [](const hark_host*) -> std::int32_t { return HARK_LOG_INFO; };
    table.publish = [](const hark_host* h, const hark_message* m, std::uint8_t*) {
      static_cast<Host*>(h->impl)->checked_data = (m->flags & HARK_M_DATA_CHECKED) != 0;
      return hark_result{HARK_OK};
    };
    table.refuse_input = [](const hark_host*, hark_bytes, hark_str, hark_str) { return hark_result{HARK_OK}; };
    table.finished = [](const hark_host*, hark_result, hark_str) {};
    table.complete = [](const hark_host* h, std::uint64_t, hark_result, std::int64_t, const hark_error*) {
      ++static_cast<Host*>(h->impl)->completions;
      return hark_result{HARK_STALE};
    };
    table.extend = [](const hark_host*, std::uint64_t, std::int64_t) { return hark_result{HARK_STALE}; };
    table.retain = [](const hark_host*, const hark_event* e, const hark_event** out) {
      *out = e;
      return hark_result{HARK_OK};
    };
    table.release = [](const hark_host* h, const hark_event*) { ++static_cast<Host*>(h->impl)->releases; };
  }
  hark_host table{};
  std::atomic<int> completions{0}, releases{0};
  std::atomic<bool> checked_data{false};
};

struct World {
  explicit World(const std::string& lie)
      : link({HARK_LIAR, lie, lie, 4096}, host.table, [this](const std::string&) { ++ends; }) {
    REQUIRE(link.begin());
    REQUIRE(link.call(Down::create, "", soon()).result == HARK_OK);
  }
  static std::int64_t soon() { return core::now_ns() + 100'000'000'000; }

  // A run of n events with the tickets 1 to n.
  Link::Run deliver(std::uint32_t n, std::int64_t deadline_ns = soon()) {
    event.size = sizeof event;
    event.time_ns = HARK_TIME_ABSENT;
    event.type = core::str("t");
    event.data = core::bytes("{}");
    deliveries.clear();
    for (std::uint64_t i = 1; i <= n; ++i) {
      deliveries.push_back({sizeof(hark_delivery), 0, i, 0, deadline_ns, 1, 0, &event});
    }
    std::vector<const hark_delivery*> pointers;
    for (const hark_delivery& d : deliveries) pointers.push_back(&d);
    results.assign(n, HARK_OK);
    return link.deliver(pointers, results);
  }

  Host host;
  std::atomic<int> ends{0};
  Link link;
  hark_event event{};
  std::vector<hark_delivery> deliveries;
  std::vector<hark_result> results;
};

bool all(const std::vector<hark_result>& results, hark_result r) {
  return std::ranges::all_of(results, [r](hark_result x) { return x == r; });
}

}  // namespace

TEST_CASE("a worker that answers for events it has not handled is ended, and they were not begun") {
  World w("has done nothing");
  const Link::Run run = w.deliver(3);
  CHECK(run.outcome.what == Outcome::What::ended);
  CHECK(run.outcome.error.find("without having handled") != std::string::npos);
  CHECK(all(w.results, HARK_UNSET));
  CHECK(eventually([&] { return w.ends == 1; }));
}

TEST_CASE("more results than there were events are not looked at") {
  World w("has done more than there is");
  CHECK(w.deliver(3).outcome.what == Outcome::What::answered);
  CHECK(all(w.results, HARK_OK));
  CHECK(w.ends == 0);
}

TEST_CASE("an answer too many is not taken for that of the next call") {
  World w("answers twice");
  for (int i = 0; i < 20; ++i) {
    CHECK(w.deliver(1).outcome.what == Outcome::What::answered);
    CHECK(w.link.call(Down::flush, "", World::soon()).result == HARK_OK);
  }
}

TEST_CASE("a worker that breaks the ring is ended") {
  World w("breaks the ring");
  CHECK(w.deliver(2).outcome.what == Outcome::What::ended);
  CHECK(eventually([&] { return w.ends == 1; }));
  CHECK(w.link.call(Down::flush, "", World::soon()).what == Outcome::What::ended);
  CHECK(w.deliver(2).outcome.what == Outcome::What::ended);
}

TEST_CASE("blame goes to what the worker names, if that was its to name") {
  {
    World w("blames itself");
    const Link::Run run = w.deliver(3);
    CHECK(run.suspect == 2);
    CHECK_FALSE(run.all_suspect);
    CHECK(run.outcome.error.find("exit(3)") != std::string::npos);
  }
  {
    World w("blames a stranger");
    CHECK(w.deliver(3).all_suspect);
  }
  World w("blames nobody");
  const Link::Run run = w.deliver(3);
  CHECK(run.suspect == 3);
  CHECK_FALSE(run.all_suspect);
}

TEST_CASE("the end of a process is noticed within a call, whatever it had been saying before") {
  for (int i = 0; i < 20; ++i) {
    World w("chatters and ends itself");
    CHECK(w.deliver(1).outcome.what == Outcome::What::ended);
  }
}

TEST_CASE("a worker that says nothing is ended when the first event's time is over") {
  World w("says nothing");
  CHECK(w.deliver(2, core::now_ns() + 5'000'000).outcome.what == Outcome::What::overdue);
}

TEST_CASE("requests that make no sense do nothing") {
  World w("asks nonsense");
  CHECK(w.deliver(1).outcome.what == Outcome::What::answered);
  CHECK_FALSE(w.host.checked_data);
  CHECK(w.ends == 0);
}

TEST_CASE("forged completions come to the host, which knows them for what they are") {
  World w("forges completions");
  CHECK(w.deliver(1).outcome.what == Outcome::What::answered);
  CHECK(w.host.completions == 1000);
}

TEST_CASE("what cannot be started is an error with the reason") {
  Host host;
  Link link({"/nowhere/hark-worker", "x", "x", 4096}, host.table, [](const std::string&) {});
  const auto begun = link.begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().message.find("/nowhere/hark-worker") != std::string::npos);
  CHECK(begun.error().message.find("No such file") != std::string::npos);
}

TEST_CASE("an event that the ring cannot take is refused, and the next is not") {
  World w("has done more than there is");
  const std::string big(1 << 20, 'x');
  w.event.size = sizeof w.event;
  w.event.type = core::str("t");
  w.event.time_ns = HARK_TIME_ABSENT;
  w.event.data = core::bytes(big);
  const hark_delivery d{sizeof d, 0, 1, 0, World::soon(), 1, 0, &w.event};
  const hark_delivery* const pointer = &d;
  std::vector<hark_result> result(1);
  CHECK(w.link.deliver({&pointer, 1}, result).outcome.error.find("larger than") != std::string::npos);
  CHECK(result[0] == HARK_REJECT);
  CHECK(w.deliver(1).outcome.what == Outcome::What::answered);
}
