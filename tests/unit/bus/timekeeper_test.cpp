// Wakes lanes when they asked for it.
#include "bus/timekeeper.h"
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

// Notes which lanes it was given, and runs none.
class Noting final : public bus::Executor {
 public:
  void submit(bus::Lane& lane) override {
    const std::lock_guard lock(mutex_);
    order_.push_back(&lane);
  }
  std::vector<bus::Lane*> order() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<bus::Lane*> order_;
};

struct Clockwork {
  explicit Clockwork(World& w) {
    for (auto& l : lanes) {
      l = std::make_unique<bus::Lane>(w.bus, who, inbox, bus::LaneOptions{});
      l->attach(noting);
    }
  }
  bus::Identity who{"a", "", ""};
  flow::QueueOptions queue;
  bus::Inbox inbox{queue};
  Noting noting;
  std::array<std::unique_ptr<bus::Lane>, 3> lanes;
  bus::Timekeeper keeper;  // its thread ends before the lanes do
};

}  // namespace

TEST_CASE("lanes are woken in the order of their times and not before") {
  World w;
  Clockwork c(w);
  const std::int64_t now = core::now_ns();
  c.keeper.wake_at(*c.lanes[0], now + 30 * ms);
  c.keeper.wake_at(*c.lanes[1], now + 10 * ms);
  c.keeper.wake_at(*c.lanes[2], now + 20 * ms);
  CHECK(eventually([&] { return c.noting.order().size() == 3; }));
  CHECK(core::now_ns() >= now + 30 * ms);
  CHECK(c.noting.order() == std::vector<bus::Lane*>{c.lanes[1].get(), c.lanes[2].get(), c.lanes[0].get()});
}

TEST_CASE("an earlier time replaces a later one and a later one changes nothing") {
  World w;
  Clockwork c(w);
  const std::int64_t now = core::now_ns();
  c.keeper.wake_at(*c.lanes[0], now + 3600'000 * ms);
  c.keeper.wake_at(*c.lanes[0], now + ms);
  c.keeper.wake_at(*c.lanes[0], now + 7200'000 * ms);
  CHECK(eventually([&] { return c.noting.order().size() == 1; }));
}

TEST_CASE("a lane that is forgotten is not woken") {
  World w;
  Clockwork c(w);
  const std::int64_t now = core::now_ns();
  c.keeper.wake_at(*c.lanes[0], now + 5 * ms);
  c.keeper.forget(*c.lanes[0]);
  c.keeper.forget(*c.lanes[1]);
  c.keeper.wake_at(*c.lanes[2], now + 10 * ms);
  CHECK(eventually([&] { return c.noting.order().size() == 1; }));
  CHECK(c.noting.order().front() == c.lanes[2].get());
}

TEST_CASE("a time that has passed wakes at once") {
  World w;
  Clockwork c(w);
  c.keeper.wake_at(*c.lanes[0], 0);
  CHECK(eventually([&] { return c.noting.order().size() == 1; }));
}
