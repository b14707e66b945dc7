// Memory for records: one count for each block, oldest first.
#include "core/arena.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/text.h"

using namespace hark::core;

namespace {

hark_event event_of(const std::string& data) {
  hark_event e{};
  e.size = sizeof e;
  e.type = str("t");
  e.data = bytes(data);
  return e;
}

Stamp stamp() {
  Stamp s;
  s.uid = s.root = make_uid(1);
  return s;
}

// Fills exactly one more block: until the next one is begun.
std::vector<Record*> fill_block(Arena& arena, const std::string& data) {
  std::vector<Record*> records;
  const auto serial = arena.block_serial();
  do {
    records.push_back(arena.write(event_of(data), stamp(), 1));
  } while (arena.block_serial() == serial || records.size() == 1);
  return records;
}

void release_all(std::vector<Record*>& records) {
  for (const Record* r : records) release(r);
  records.clear();
}

const std::string text(1000, 'x');

}  // namespace

TEST_CASE("an arena whose records are given back does not grow") {
  BlockPool pool;
  Arena arena(pool);
  for (int i = 0; i < 20'000; ++i) release(arena.write(event_of(text), stamp(), 1));
  CHECK(pool.blocks() <= 2);
}

TEST_CASE("of several free blocks the one that was filled longest ago is used again") {
  Arena arena;
  std::vector<std::vector<Record*>> filled;
  for (int i = 0; i < 4; ++i) filled.push_back(fill_block(arena, text));
  const Block* oldest = block_of(filled[0][0]);
  for (auto& f : filled) release_all(f);
  const auto serial = arena.block_serial();
  Record* r = nullptr;
  while (arena.block_serial() == serial) {
    if (r != nullptr) release(r);
    r = arena.write(event_of(text), stamp(), 1);
  }
  CHECK(block_of(r) == oldest);
  release(r);
}

TEST_CASE("a block that is pinned does not hide the free ones behind it") {
  BlockPool pool;
  Arena arena(pool);
  Record* pinned = arena.write(event_of("pinned"), stamp(), 1);
  for (int i = 0; i < 20'000; ++i) release(arena.write(event_of(text), stamp(), 1));
  CHECK(pool.blocks() <= 3);
  Expanded e;
  CHECK(view(e.expand(*pinned).data) == "pinned");
  release(pinned);
}

TEST_CASE("after a burst an arena lets go of blocks that it does not need") {
  BlockPool pool;
  Arena arena(pool);
  std::vector<Record*> burst;
  for (int i = 0; i < 10'000; ++i) burst.push_back(arena.write(event_of(text), stamp(), 1));
  CHECK(pool.blocks() > 100);
  release_all(burst);
  for (int i = 0; i < 20'000; ++i) release(arena.write(event_of(text), stamp(), 1));
  CHECK(pool.blocks() <= 50);
}

TEST_CASE("a large record has a block of its own") {
  BlockPool pool;
  Arena arena(pool);
  Record* small = arena.write(event_of("s"), stamp(), 1);
  Record* large = arena.write(event_of(std::string(Arena::large, 'l')), stamp(), 2);
  CHECK(block_of(large) != block_of(small));
  CHECK(pool.blocks() == 1);
  release(large);
  Expanded e;
  CHECK(e.expand(*large).data.n == Arena::large);  // one reference is left
  release(large);
  release(small);
}

TEST_CASE("a copy outlives what it was copied from") {
  Record* copy = nullptr;
  {
    Arena arena;
    Record* r = arena.write(event_of("some data"), stamp(), 1);
    copy = solo_copy(*r);
    release(r);
    for (int i = 0; i < 1000; ++i) release(arena.write(event_of(text), stamp(), 1));
  }
  Expanded e;
  CHECK(view(e.expand(*copy).data) == "some data");
  release(copy);
}

TEST_CASE("an arena that goes leaves what is still referenced to its readers") {
  std::vector<Record*> left;
  {
    Arena arena;
    for (int i = 0; i < 300; ++i) {
      Record* r = arena.write(event_of(std::to_string(i) + text), stamp(), 2);
      release(r);
      if (i % 50 == 0) {
        left.push_back(r);
      } else {
        release(r);
      }
    }
  }
  Expanded e;
  for (std::size_t i = 0; i < left.size(); ++i) {
    CHECK(view(e.expand(*left[i]).data).starts_with(std::to_string(i * 50)));
    release(left[i]);
  }
}

TEST_CASE("references are given back by several threads while the arena is filled") {
  constexpr int readers = 3, total = 60'000;
  std::atomic<int> wrong{0};
  struct Queue {
    std::mutex mutex;
    std::deque<Record*> records;
    bool closed = false;
  };
  std::array<Queue, readers> queues;
  std::vector<std::thread> threads;
  for (Queue& q : queues) {
    threads.emplace_back([&] {
      ReleaseRun run;
      Expanded e;
      for (;;) {
        std::deque<Record*> taken;
        {
          const std::lock_guard lock(q.mutex);
          if (q.closed && q.records.empty()) return;
          taken.swap(q.records);
        }
        for (const Record* r : taken) {
          const hark_event& event = e.expand(*r);
          const std::string_view data = view(event.data);
          if (data.size() != 200 || data.front() != data.back()) ++wrong;
          run.add(r);
        }
        run.flush();
        std::this_thread::yield();
      }
    });
  }
  {
    Arena arena;
    for (int i = 0; i < total; ++i) {
      Record* r = arena.write(event_of(std::string(200, static_cast<char>('a' + i % 26))), stamp(), readers);
      for (Queue& q : queues) {
        const std::lock_guard lock(q.mutex);
        q.records.push_back(r);
      }
    }
  }
  for (Queue& q : queues) {
    const std::lock_guard lock(q.mutex);
    q.closed = true;
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
}

TEST_CASE(
    "an arena takes no more blocks than are held, however long a slow reader holds some and a quick one keeps up") {
  BlockPool pool;
  Arena arena(pool);
  std::vector<Record*> stalled;
  std::deque<Record*> under_way;
  for (int i = 0; i < 200'000; ++i) {
    const bool hears = i < 5'000;
    Record* r = arena.write(event_of(text), stamp(), hears ? 2 : 1);
    if (hears) stalled.push_back(r);
    under_way.push_back(r);
    if (under_way.size() > 500) {
      release(under_way.front());
      under_way.pop_front();
    }
  }
  const std::size_t each = Arena::block_bytes / stalled[0]->total;
  CHECK(pool.blocks() <= (stalled.size() + under_way.size()) / each + 4);
  for (const Record* r : under_way) release(r);
  release_all(stalled);
}

TEST_CASE("what one thread's readers gave back the next thread uses") {
  BlockPool pool;
  for (int thread = 0; thread < 5; ++thread) {
    Arena arena(pool);
    std::vector<Record*> backlog;
    for (int i = 0; i < 1'000; ++i) backlog.push_back(arena.write(event_of(text), stamp(), 1));
    release_all(backlog);
  }
  CHECK(pool.blocks() <= 1'000 / (Arena::block_bytes / (text.size() + 200)) + 2);
}
