// The spool of one subscriber: what goes in comes out, in order, whatever happens to host and disk.
#include "flow/spool.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <mutex>

#include "core/arena.h"
#include "core/text.h"
#include "support/eventually.h"
#include "support/temp_folder.h"

using namespace hark;
using namespace hark::test;
namespace fs = std::filesystem;
using flow::Spool;

namespace {

struct Told final : flow::SpoolObserver {
  void spool_engaged() override { ++engaged; }
  void spool_dry() override { ++dry; }
  void spool_has_events() override {}
  void spool_has_room() override { ++room; }
  void spool_kept(std::span<const std::uint32_t> tells) override {
    const std::lock_guard lock(mutex);
    kept.insert(kept.end(), tells.begin(), tells.end());
  }
  void spool_failing(std::string_view why) override {
    const std::lock_guard lock(mutex);
    error = why;
    ++failing;
  }
  void spool_works_again() override { ++works_again; }
  void spool_slow(std::chrono::nanoseconds) override { ++slow; }
  void spool_damaged(std::uint64_t events, std::string_view) override { damaged += events; }
  std::size_t kept_count() {
    const std::lock_guard lock(mutex);
    return kept.size();
  }

  std::mutex mutex;
  std::vector<std::uint32_t> kept;
  std::string error;
  std::atomic<int> engaged{0}, dry{0}, room{0}, failing{0}, works_again{0}, slow{0};
  std::atomic<std::uint64_t> damaged{0};
};

struct Stage {
  explicit Stage(fs::path folder, std::uint64_t most = 1u << 30,
                 std::chrono::nanoseconds slow_after = std::chrono::hours(1))
      : spool(std::move(folder), most, names, told, slow_after) {}

  void recover() {
    const auto r = spool.recover(notes);
    INFO((r ? std::string() : r.error().message));
    REQUIRE(r);
  }
  bool put(std::string_view data, std::uint32_t tell = 0, std::string_view type = "t") {
    hark_event e{};
    e.size = sizeof e;
    e.type = core::str(type);
    e.source = core::str("/s");
    e.data = core::bytes(data);
    core::Stamp stamp;
    stamp.recv_ns = 5;
    stamp.uid = stamp.root = core::make_uid(1'000'000'000);
    stamp.type = names.intern(type);
    stamp.tell = tell;
    const std::size_t size = flow::frame_size(e, stamp);
    spool.engage();
    if (spool.reserve(size) != Spool::Room::reserved) return false;
    spool.append(e, stamp, 0, size);
    return true;
  }
  // n events as the lane takes them, and settles those that `keep` does not want.
  std::vector<std::string> take(std::size_t n, bool settle = true) {
    std::vector<std::string> data;
    eventually([&] {
      std::vector<Spool::Item> items;
      spool.take(items, n - data.size());
      for (const Spool::Item& i : items) {
        core::Expanded expanded;
        data.emplace_back(core::view(expanded.expand(*i.record).data));
        if (settle) {
          if (i.position != 0) spool.settle(i.position);
          core::release(i.record);
        } else {
          held.push_back(i);
        }
      }
      return data.size() == n;
    });
    return data;
  }
  bool on_disk(std::size_t n) {
    return eventually([&] { return told.kept_count() >= n; });
  }

  core::Names names;
  Told told;
  std::vector<std::string> notes;
  std::vector<Spool::Item> held;
  Spool spool;
};

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
  return all;
}

std::vector<fs::path> files_in(const fs::path& folder, std::string_view extension = ".spool") {
  std::vector<fs::path> all;
  if (!fs::exists(folder)) return all;
  for (const auto& e : fs::directory_iterator(folder)) {
    if (e.path().extension() == extension) all.push_back(e.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

void put_numbers(Stage& s, int from, int to) {
  for (int i = from; i < to; ++i) {
    while (!s.put(std::to_string(i), static_cast<std::uint32_t>(i + 1))) std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("what is spilled comes back in order through the disk and the spool is empty again") {
  const TempFolder folder;
  Stage s(folder.path() / "spool");
  put_numbers(s, 0, 20'000);
  REQUIRE(s.on_disk(20'000));
  CHECK(s.spool.events() == 20'000);
  CHECK(s.take(20'000) == numbers(0, 20'000));
  CHECK_FALSE(s.spool.engaged());
  CHECK(s.told.engaged == 1);
  CHECK(s.told.dry == 1);
  CHECK(eventually([&] { return files_in(folder.path() / "spool").empty(); }));
}

TEST_CASE("an event keeps all of its parts in the spool") {
  const TempFolder folder;
  Stage s(folder.path());
  const hark_attr attributes[] = {{core::str("ext"), core::str("1"), HARK_ATTR_INTEGER, 0},
                                  {core::str("other"), core::str("http://a/b"), HARK_ATTR_URI, 0}};
  hark_event e{};
  e.size = sizeof e;
  e.flags = HARK_E_DATA_BINARY;
  e.type = core::str("a.type");
  e.source = core::str("/source");
  e.id = core::str("the id");
  e.subject = core::str("subject");
  e.content_type = core::str("image/png");
  e.schema = core::str("http://schema");
  e.time_text = core::str("1985-04-12T23:20:50.52Z");
  e.key = core::bytes("key");
  e.data = core::bytes(std::string_view("a\0b", 3));
  e.attributes = attributes;
  e.n_attributes = 2;
  e.trace_id[3] = 7;
  core::Stamp stamp;
  stamp.recv_ns = 77;
  stamp.time_ns = 88;
  stamp.uid = core::make_uid(1'000'000'000);
  stamp.cause = core::make_uid(1'000'000'000);
  stamp.root = core::make_uid(1'000'000'000);
  stamp.hops = 3;
  const std::size_t size = flow::frame_size(e, stamp);
  s.spool.engage();
  REQUIRE(s.spool.reserve(size) == Spool::Room::reserved);
  s.spool.append(e, stamp, 42, size);
  REQUIRE(s.spool.close({}).empty());

  Stage next(folder.path());
  next.recover();
  next.take(1, false);
  REQUIRE(next.held.size() == 1);
  core::Expanded expanded;
  const hark_event& got = expanded.expand(*next.held[0].record);
  CHECK(next.held[0].note.subscription == 42);
  CHECK(core::view(got.type) == "a.type");
  CHECK(got.type_id != 0);
  CHECK(core::view(got.source) == "/source");
  CHECK(core::view(got.id) == "the id");
  CHECK(core::view(got.subject) == "subject");
  CHECK(core::view(got.content_type) == "image/png");
  CHECK(core::view(got.schema) == "http://schema");
  CHECK(core::view(got.time_text) == "1985-04-12T23:20:50.52Z");
  CHECK(core::view(got.key) == "key");
  CHECK(core::view(got.data) == std::string_view("a\0b", 3));
  CHECK(got.flags == HARK_E_DATA_BINARY);
  CHECK(got.hops == 3);
  CHECK(got.recv_ns == 77);
  CHECK(got.time_ns == 88);
  CHECK(got.trace_id[3] == 7);
  CHECK(core::Uid::from(got.uid) == stamp.uid);
  CHECK(core::Uid::from(got.cause) == stamp.cause);
  CHECK(core::Uid::from(got.root) == stamp.root);
  REQUIRE(got.n_attributes == 2);
  CHECK(core::view(got.attributes[1].k) == "other");
  CHECK(got.attributes[1].kind == HARK_ATTR_URI);
  CHECK(next.spool.close(std::move(next.held)).empty());
}

TEST_CASE("the next host finds what was not settled and nothing of what was") {
  const TempFolder folder;
  {
    Stage s(folder.path());
    put_numbers(s, 0, 3000);
    REQUIRE(s.on_disk(3000));
    CHECK(s.take(1000) == numbers(0, 1000));
    CHECK(s.spool.close({}).empty());
    CHECK(s.spool.events() == 2000);
  }
  Stage s(folder.path());
  s.recover();
  CHECK(s.notes.empty());
  CHECK(s.spool.recovered() == 2000);
  CHECK(s.spool.engaged());
  CHECK(s.take(2000) == numbers(1000, 3000));
  CHECK(s.spool.close({}).empty());
  CHECK(files_in(folder.path()).empty());
}

TEST_CASE("what the lane still had comes before everything else in the next host") {
  const TempFolder folder;
  {
    Stage s(folder.path());
    put_numbers(s, 0, 100);
    REQUIRE(s.on_disk(100));
    s.take(10, false);
    s.spool.settle(s.held[1].position);  // out of order: not the oldest
    core::release(s.held[1].record);
    s.held.erase(s.held.begin() + 1);
    put_numbers(s, 100, 110);
    CHECK(s.spool.close(s.held).empty());
    CHECK(s.spool.events() == 109);
  }
  Stage s(folder.path());
  s.recover();
  auto expected = numbers(0, 110);
  expected.erase(expected.begin() + 1);
  CHECK(s.take(109) == expected);
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("a host that was killed has its events delivered from the oldest that is unsettled on") {
  const TempFolder folder, copy;
  Stage s(folder.path());
  put_numbers(s, 0, 100);
  REQUIRE(s.on_disk(100));
  CHECK(s.take(40) == numbers(0, 40));
  // As the files stand some time after: what a SIGKILL leaves.
  const auto recovered = [&] {
    fs::remove_all(copy.path());
    fs::copy(folder.path(), copy.path(), fs::copy_options::recursive);
    Stage killed(copy.path());
    killed.recover();
    return killed.spool.recovered();
  };
  CHECK(eventually([&] { return recovered() == 60; }));
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("a torn last event is set aside at whatever byte it was torn") {
  const TempFolder folder;
  {
    Stage s(folder.path());
    put_numbers(s, 0, 3);
    CHECK(s.spool.close({}).empty());
  }
  REQUIRE(files_in(folder.path()).size() == 1);
  const std::string whole = text_of_file(files_in(folder.path())[0]);
  const std::size_t frame = (whole.size() - 64) / 3;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const TempFolder torn;
    std::ofstream(torn.path() / files_in(folder.path())[0].filename(), std::ios::binary) << whole.substr(0, size);
    Stage s(torn.path());
    s.recover();
    const std::size_t events = size < 64 ? 0 : (size - 64) / frame;
    INFO(size);
    CHECK(s.spool.recovered() == events);
    CHECK(s.notes.size() == (size == 0 || (size >= 64 && (size - 64) % frame == 0) ? 0 : 1));
    CHECK(s.take(events) == numbers(0, static_cast<int>(events)));
    CHECK(files_in(torn.path(), ".damaged").size() == s.notes.size());
    CHECK(s.spool.close({}).empty());
  }
}

TEST_CASE("a changed byte anywhere in an event is found and never delivered") {
  const TempFolder folder;
  {
    Stage s(folder.path());
    put_numbers(s, 0, 2);
    CHECK(s.spool.close({}).empty());
  }
  const std::string whole = text_of_file(files_in(folder.path())[0]);
  const std::size_t frame = (whole.size() - 64) / 2;
  for (std::size_t at = 64 + frame; at < whole.size(); ++at) {
    const TempFolder changed;
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 0x10);
    std::ofstream(changed.path() / files_in(folder.path())[0].filename(), std::ios::binary) << text;
    Stage s(changed.path());
    s.recover();
    INFO(at);
    CHECK(s.spool.recovered() == 1);
    CHECK(s.notes.size() == 1);
    CHECK(s.take(1) == numbers(0, 1));
    CHECK(s.spool.close({}).empty());
  }
}

TEST_CASE("a disk that cannot be written is told once and memory gives what it holds") {
  const TempFolder folder;
  const fs::path place = folder.path() / "spool";
  std::ofstream(place) << "a file where the folder should be";
  Stage s(place);
  put_numbers(s, 0, 100);
  REQUIRE(eventually([&] { return s.told.failing == 1; }));
  CHECK(s.told.error.find(place.string()) != std::string::npos);
  CHECK(s.take(50) == numbers(0, 50));
  put_numbers(s, 100, 200);
  CHECK(s.take(150) == numbers(50, 200));
  CHECK_FALSE(s.spool.engaged());
  CHECK(s.told.failing == 1);
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("a disk that takes its time is told once") {
  const TempFolder folder;
  Stage s(folder.path(), 1u << 30, std::chrono::nanoseconds(0));  // every write is slow
  put_numbers(s, 0, 10);
  REQUIRE(s.on_disk(10));
  put_numbers(s, 10, 20);
  REQUIRE(s.on_disk(20));
  CHECK(s.told.slow == 1);
  Stage fast(folder.path() / "fast");
  put_numbers(fast, 0, 10);
  REQUIRE(fast.on_disk(10));
  CHECK(fast.told.slow == 0);
}

TEST_CASE("a disk that works again takes what had to wait") {
  const TempFolder folder;
  const fs::path place = folder.path() / "spool";
  std::ofstream(place) << "in the way";
  Stage s(place);
  put_numbers(s, 0, 100);
  REQUIRE(eventually([&] { return s.told.failing == 1; }));
  fs::remove(place);
  REQUIRE(s.on_disk(100));
  CHECK(s.told.works_again == 1);
  CHECK(s.take(100) == numbers(0, 100));
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("what could not be kept at the end is given back") {
  const TempFolder folder;
  const fs::path place = folder.path() / "spool";
  std::ofstream(place) << "in the way";
  Stage s(place);
  put_numbers(s, 0, 10);
  s.take(2, false);
  const auto unkept = s.spool.close(s.held);
  CHECK(unkept.size() == 10);
  for (const Spool::Item& i : unkept) core::release(i.record);
}

TEST_CASE("a spool is bounded in memory and on disk and has room again when events are settled") {
  const TempFolder folder;
  Stage s(folder.path(), 3u << 20);
  const std::string data = "\"" + std::string(10'000, 'x') + "\"";
  int put = 0;
  bool full = false;
  while (!full) {
    full = !s.put(data, 1);
    for (put += full ? 0 : 1; s.put(data, 1); ++put) {
    }
    REQUIRE(s.on_disk(static_cast<std::size_t>(put)));
  }
  CHECK(put > 290);
  CHECK(put <= 315);
  s.take(static_cast<std::size_t>(put));
  CHECK(eventually([&] { return s.put(data); }));
  CHECK(s.take(1).size() == 1);
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("segments that are settled are deleted while the spool goes on") {
  const TempFolder folder;
  Stage s(folder.path());
  const std::string data = "\"" + std::string(100'000, 'x') + "\"";
  for (int i = 0; i < 300; ++i) {
    while (!s.put(data, 1)) std::this_thread::yield();
  }
  REQUIRE(s.on_disk(300));
  CHECK(files_in(folder.path()).size() >= 3);
  CHECK(s.take(299).size() == 299);
  CHECK(eventually([&] { return files_in(folder.path()).size() == 1; }));
  CHECK(s.spool.close({}).empty());
}

TEST_CASE("a segment that somebody damages while the host runs is counted and passed over") {
  const TempFolder folder;
  Stage s(folder.path());
  const std::string data = "\"" + std::string(100'000, 'x') + "\"";
  for (int i = 0; i < 100; ++i) {
    while (!s.put(data, 1)) std::this_thread::yield();
  }
  REQUIRE(s.on_disk(100));
  REQUIRE(eventually([&] { return s.spool.has_events(); }));
  const fs::path file = files_in(folder.path())[0];
  {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(1'000'000);
    out << std::string(200'000, '!');
  }
  std::size_t taken = 0;
  CHECK(eventually([&] {
    taken += s.take(1).size();
    return taken + s.told.damaged == 100;
  }));
  CHECK(s.told.damaged > 50);
  CHECK(s.spool.close({}).empty());
}
