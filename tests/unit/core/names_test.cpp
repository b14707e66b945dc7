// Interned types.
#include "core/names.h"

#include <catch2/catch.hpp>

#include <array>
#include <thread>
#include <vector>

using hark::core::Name;
using hark::core::Names;

TEST_CASE("one text has one name and numbers begin at 1") {
  Names names;
  const Name* a = names.intern("a");
  CHECK(a->id == 1);
  CHECK(a->text == "a");
  CHECK(names.intern(std::string("a")) == a);
  CHECK(names.intern("b")->id == 2);
  CHECK(names.intern("")->id == 3);
}

TEST_CASE("past the limit there are no new names and the old ones hold") {
  Names names;
  const Name* first = names.intern("0");
  for (std::size_t i = 1; i < Names::limit; ++i) REQUIRE(names.intern(std::to_string(i)) != nullptr);
  CHECK(names.intern("one more") == nullptr);
  CHECK(names.intern("0") == first);
  CHECK(first->text == "0");
  CHECK(names.intern(std::to_string(Names::limit - 1))->id == Names::limit);
}

TEST_CASE("threads that intern the same texts get the same names") {
  Names names;
  std::array<std::vector<const Name*>, 4> got;
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&names, &mine] {
      for (int i = 0; i < 2000; ++i) mine.push_back(names.intern(std::to_string(i)));
    });
  }
  for (auto& t : threads) t.join();
  for (const auto& mine : got) CHECK(mine == got[0]);
}
