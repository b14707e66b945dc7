// The host's ids: layout of a UUIDv7, order, uniqueness.
#include "core/uid.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>
#include <vector>

using hark::core::make_uid;
using hark::core::to_text;
using hark::core::Uid;

namespace {

constexpr std::int64_t some_time = 1'700'000'000'123'456'789;

std::uint64_t milliseconds_of(const Uid& u) {
  std::uint64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | u.bytes[static_cast<std::size_t>(i)];
  return ms;
}

}  // namespace

TEST_CASE("an id is a UUIDv7 of the milliseconds it was made in") {
  const Uid u = make_uid(some_time);
  CHECK(milliseconds_of(u) == 1'700'000'000'123u);
  CHECK(u.bytes[6] >> 4 == 7);
  CHECK(u.bytes[8] >> 6 == 2);
}

TEST_CASE("the text of an id is 36 characters in lower case") {
  Uid u;
  CHECK(u.is_nil());
  CHECK(to_text(u) == "00000000-0000-0000-0000-000000000000");
  for (std::size_t i = 0; i < 16; ++i) u.bytes[i] = static_cast<std::uint8_t>(0xf0 + i);
  CHECK(to_text(u) == "f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
  CHECK_FALSE(u.is_nil());
}

TEST_CASE("the ids of one thread ascend also when the clock stands still or steps back") {
  std::vector<Uid> all;
  std::thread([&] {  // a generator of its own
    for (int i = 0; i < 100'000; ++i) all.push_back(make_uid(some_time));
    for (int i = 0; i < 1000; ++i) all.push_back(make_uid(some_time - 5'000'000'000));
    for (int i = 0; i < 1000; ++i) all.push_back(make_uid(some_time + i * 300'000));
  })
      .join();
  bool ascend = true;
  for (std::size_t i = 1; i < all.size(); ++i) ascend = ascend && all[i - 1].bytes < all[i].bytes;
  CHECK(ascend);
}

TEST_CASE("the ids of several threads in one millisecond differ") {
  std::vector<std::vector<Uid>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 50'000; ++i) mine.push_back(make_uid(some_time));
    });
  }
  for (auto& t : threads) t.join();
  std::vector<Uid> all;
  for (const auto& mine : made) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end(), [](const Uid& a, const Uid& b) { return a.bytes < b.bytes; });
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("an id goes to raw bytes and back") {
  const Uid u = make_uid(some_time);
  std::uint8_t raw[16];
  u.store(raw);
  CHECK(Uid::from(raw) == u);
}
