// Events that an instance keeps past their call.
#include "host/retained.h"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

#include "core/text.h"

using hark::host::Retained;
namespace core = hark::core;

namespace {

hark_event event_of(const std::string& data) {
  hark_event e{};
  e.size = sizeof e;
  e.uid[0] = 1;
  e.root[0] = 1;
  e.time_ns = HARK_TIME_ABSENT;
  e.type = core::str("t");
  e.data = core::bytes(data);
  return e;
}

}  // namespace

TEST_CASE("a retained event is a copy that stands alone") {
  Retained r;
  const hark_event* kept = nullptr;
  {
    const std::string data(100, 'x'), type = "made.up";
    hark_event e = event_of(data);
    e.type = core::str(type);
    e.hops = 3;
    e.cause[0] = 7;
    kept = r.retain(e);
    REQUIRE(kept != nullptr);
    CHECK(kept != &e);
  }
  CHECK(core::view(kept->type) == "made.up");
  CHECK(core::view(kept->data) == std::string(100, 'x'));
  CHECK(kept->hops == 3);
  hark::bus::ChainLink link;
  CHECK(r.chain_of(kept, link));
  CHECK(link.cause.bytes[0] == 1);
  CHECK(link.hops == 3);
  CHECK(r.release(kept));
  CHECK_FALSE(r.release(kept));
  CHECK_FALSE(r.chain_of(kept, link));
}

TEST_CASE("retaining what is retained counts and copies nothing") {
  Retained r;
  const hark_event* kept = r.retain(event_of("1"));
  CHECK(r.retain(*kept) == kept);
  CHECK(r.count() == 1);
  CHECK(r.release(kept));
  CHECK(r.count() == 1);
  CHECK(r.release(kept));
  CHECK(r.count() == 0);
}

TEST_CASE("only what was handed out is released") {
  Retained r;
  const hark_event e = event_of("1");
  CHECK_FALSE(r.release(&e));
  CHECK_FALSE(r.release(nullptr));
  CHECK_FALSE(r.release(reinterpret_cast<const hark_event*>(0x10)));
}

TEST_CASE("past its budget an instance retains no more until it has released") {
  Retained r;
  const std::string data(Retained::budget / 4, 'x'), few("small");
  const hark_event big = event_of(data);
  std::vector<const hark_event*> kept;
  while (const hark_event* k = r.retain(big)) {
    kept.push_back(k);
    REQUIRE(kept.size() < 10);
  }
  CHECK(kept.size() == 3);
  CHECK(r.retain(event_of(few)) != nullptr);
  CHECK(r.release(kept[0]));
  CHECK(r.retain(big) != nullptr);
  r.clear();
  CHECK(r.count() == 0);
  CHECK(r.retain(big) != nullptr);
}

TEST_CASE("threads retain and release beside each other") {
  Retained r;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&r] {
      for (int i = 0; i < 2000; ++i) {
        const hark_event* k = r.retain(event_of("some data"));
        if (k != nullptr) r.release(k);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(r.count() == 0);
}
