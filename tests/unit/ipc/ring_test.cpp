// A ring between two sides that need not trust each other.
#include <catch2/catch.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ipc/ring.h"

using namespace hark;
using namespace hark::ipc;

namespace {

struct Both {
  explicit Both(std::size_t bytes = 1024, int event = -1)
      : memory(bytes), writer(from, ring(), to, event), reader(from, ring(), to) {}
  // As a vector of char may lie anywhere.
  std::span<char> ring() { return {reinterpret_cast<char*>(memory.data()), memory.size()}; }
  bool write(std::uint32_t kind, std::string_view payload) {
    char* const at = writer.reserve(payload.size());
    if (at == nullptr) return false;
    std::memcpy(at, payload.data(), payload.size());
    writer.commit(kind, payload.size());
    writer.flush();
    return true;
  }
  // The next frame as text, "" for none.
  std::string read() {
    Frame frame;
    if (!reader.next(frame)) return {};
    std::string text = std::to_string(frame.kind) + ":" + std::string(frame.payload.data(), frame.payload.size());
    reader.done();
    return text;
  }

  std::vector<char> memory;
  WriterWords from;
  ReaderWords to;
  RingWriter writer;
  RingReader reader;
};

}  // namespace

TEST_CASE("frames come out as they went in, whole and in order, over many turns of the ring") {
  Both b;
  std::mt19937 random(7);
  std::uint64_t in = 0, out = 0;
  const auto text_of = [](std::uint64_t n) { return std::string(n * 37 % 490, static_cast<char>('a' + n % 26)); };
  while (out < 5000) {
    if (random() % 2 == 0 && b.write(1 + static_cast<std::uint32_t>(in % 5), text_of(in))) ++in;
    if (random() % 2 == 0 && out != in) {
      REQUIRE(b.read() == std::to_string(1 + out % 5) + ":" + text_of(out));
      ++out;
    }
  }
  CHECK_FALSE(b.reader.broken());
  CHECK_FALSE(b.writer.broken());
}

TEST_CASE("the largest payload always fits an empty ring, and one byte more never does") {
  for (std::size_t before = 0; before < 1024; before += 16) {
    Both b;
    if (before >= 16) {
      REQUIRE(b.write(1, std::string(before - 16, 'x')) == (before - 16 <= max_payload(1024)));
      b.read();
    }
    CHECK(b.write(2, std::string(max_payload(1024), 'y')));
    CHECK(b.read().size() == 2 + max_payload(1024));
    CHECK_FALSE(b.write(2, std::string(max_payload(1024) + 1, 'y')));
  }
}

TEST_CASE("a full ring takes nothing until the reader is done with something") {
  Both b;
  int n = 0;
  while (b.write(1, "sixteen bytes...")) ++n;
  CHECK(n == 32);
  Frame frame;
  REQUIRE(b.reader.next(frame));
  CHECK_FALSE(b.write(1, "x"));
  b.reader.done();
  CHECK(b.write(1, "x"));
}

TEST_CASE("a reader stays within the ring whatever the writer's words and frames say") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 20'000; ++round) {
    Both b(256);
    b.write(1, "one");
    b.write(2, "another");
    // What a hostile writer may do: any word, any byte.
    if (random() % 2 == 0) b.from.written = random() % 2 == 0 ? random() : random() % 600;
    for (std::uint64_t i = random() % 4; i != 0; --i) b.memory[random() % 256] = static_cast<char>(random());
    if (random() % 3 == 0) {
      const std::uint32_t size = static_cast<std::uint32_t>(random());
      std::memcpy(b.memory.data() + 16 * (random() % 15), &size, sizeof size);
    }
    Frame frame;
    int frames = 0;
    while (b.reader.next(frame) && frames < 100) {
      ++frames;
      const char* const begin = b.memory.data();
      REQUIRE(frame.payload.data() >= begin);
      REQUIRE(frame.payload.data() + frame.payload.size() <= begin + 256);
      b.reader.done();
    }
    REQUIRE(frames < 100);
  }
}

TEST_CASE("positions and lengths that cannot be break the ring for good") {
  const auto broken = [](auto spoil) {
    Both b;
    b.write(1, "one");
    spoil(b);
    b.read();
    b.read();
    return b.reader.broken();
  };
  CHECK(broken([](Both& b) { b.from.written = 1u << 20; }));
  CHECK(broken([](Both& b) { b.from.written = 8; }));
  CHECK(broken([](Both& b) { std::memset(b.memory.data(), 0xff, 4); }));  // longer than what is there
  CHECK(
      broken([](Both& b) { std::memset(b.memory.data() + 4, 0, 4); }));  // "nothing up to the end", which is not there
  CHECK_FALSE(broken([](Both&) {}));
}

TEST_CASE("a writer stays within the ring whatever the reader's words say") {
  for (const std::uint64_t read : {std::uint64_t{1} << 40, ~std::uint64_t{0}, std::uint64_t{100'000}}) {
    Both b;
    int n = 0;
    b.to.read = read;
    while (n < 1000 && b.write(1, "x")) ++n;
    CHECK(n <= 32);
    CHECK(b.writer.broken());
    CHECK_FALSE(b.write(1, "x"));
  }
}

TEST_CASE("a reader that sleeps is woken, one that is away is told by its descriptor, one that looks costs nothing") {
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  Both b(1024, event);
  std::uint64_t times = 0;
  b.write(1, "looked for");
  CHECK(read(event, &times, sizeof times) < 0);
  CHECK_FALSE(b.reader.go_away());  // there is something
  b.read();
  REQUIRE(b.reader.go_away());
  b.write(1, "while away");
  CHECK(read(event, &times, sizeof times) == sizeof times);
  b.reader.come_back();
  CHECK(b.read() == "1:while away");
  close(event);

  constexpr int n = 20'000;
  std::thread writer([&] {
    for (int i = 0; i < n;) {
      if (b.write(1, std::to_string(i))) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (int i = 0; i < n;) {
    if (const std::string text = b.read(); !text.empty()) {
      REQUIRE(text == "1:" + std::to_string(i));
      ++i;
    } else {
      b.reader.sleep();
    }
  }
  writer.join();
}

TEST_CASE("a sleep ends by a deadline, and by whoever says that it is over, however early") {
  Both b;
  b.reader.sleep(core::now_ns() + 1'000'000);
  std::atomic<bool> over{false};
  for (int i = 0; i < 2000; ++i) {
    over = false;
    std::thread other([&] {
      over = true;
      b.reader.wake();
    });
    while (!over) b.reader.sleep(core::never_ns, &over);
    other.join();
  }
  SUCCEED();
}
