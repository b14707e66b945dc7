// The hostile host notices: for each rule that it holds plugins to, one that breaks just this.
#include <catch2/catch.hpp>
#include <hark/plugin.hpp>
#include <hark/testing/hostile_host.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

using Catch::Contains;
using hark::testing::Given;
using hark::testing::Torment;

namespace {

// A subscriber whose handle() is the test's. Each test sets it anew, with nothing alive.
struct Script {
  static constexpr auto info =
      hark::Info("test.script", "1").hears("t").publishes("declared", "also.*").in_flight(4).batch(0);
  explicit Script(hark::Context& c) : ctx(c), host(c.raw()) {
    if (on_create) on_create(*this);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script() {
    if (on_destroy) on_destroy(*this);
  }
  hark::Result handle(const hark::Delivery& d) { return on_handle ? on_handle(*this, d) : hark::Result(); }
  hark::Result on_timer(std::uint64_t) { return hark::Result(timer_answer); }
  hark::Result flush() { return hark::Result(flush_answer); }
  void stop() {
    if (on_stop) on_stop(*this);
  }

  hark_result complete(std::uint64_t which, hark_result r = HARK_OK) const {
    return host->complete(host, which, r, 0, nullptr);
  }

  static void reset() {
    on_create = on_destroy = on_stop = nullptr;
    on_handle = nullptr;
    timer_answer = flush_answer = HARK_OK;
  }
  static inline std::function<void(Script&)> on_create, on_destroy, on_stop;
  static inline std::function<hark::Result(Script&, const hark::Delivery&)> on_handle;
  static inline hark_result timer_answer = HARK_OK, flush_answer = HARK_OK;

  hark::Context& ctx;
  const hark_host* host;
  std::vector<hark::Retained> kept;
  std::vector<hark::Pending> pending;
  hark::Timer timer;
  std::thread thread;
  std::uint64_t ticket = 0;
  const hark_event* event = nullptr;
};

std::string joined(const std::vector<std::string>& faults) {
  std::string all;
  for (const std::string& f : faults) all += f + "\n";
  return all;
}

// All faults of a Script; a torment of one life where the first shows it.
std::string faults_of(unsigned lives = 4) {
  Torment t;
  t.event("t").event("t", R"({"a":1})");
  t.lives = lives;
  const std::string all = joined(hark::testing::torment(hark::module_of<Script>(), t));
  Script::reset();
  return all;
}
using Handle = std::function<hark::Result(Script&, const hark::Delivery&)>;
std::string faults_of(Handle handle, unsigned lives = 4) {
  Script::on_handle = std::move(handle);
  return faults_of(lives);
}

}  // namespace

TEST_CASE("a plugin that keeps the rules has no faults in any life") {
  CHECK(faults_of(60).empty());
  CHECK(
      faults_of(
          [](Script& s, const hark::Delivery& d) { return s.ctx.publish("declared", d.event().data()), hark::ok; }, 60)
          .empty());
  CHECK(faults_of(
            [](Script& s, const hark::Delivery& d) {
              s.pending.push_back(s.ctx.defer(d));
              if (s.pending.size() == 3) s.pending.clear();
              return hark::pending;
            },
            60)
            .empty());
  CHECK(faults_of(
            [](Script& s, const hark::Delivery& d) { return s.kept.push_back(s.ctx.retain(d.event())), hark::ok; }, 60)
            .empty());
  CHECK(faults_of(
            [](Script& s, const hark::Delivery&) {
              s.timer = s.ctx.timer(std::chrono::hours(1));
              return hark::ok;
            },
            60)
            .empty());
}

TEST_CASE("a C++ plugin that fails while it holds a pending delivery keeps the rules") {
  CHECK(faults_of([](Script& s, const hark::Delivery& d) -> hark::Result {
          const hark::Pending p = s.ctx.defer(d);
          throw std::runtime_error("no");
        }).empty());
}

TEST_CASE("the hostile host tells of answers that no callback may give") {
  const auto answer = [](hark_result r) {
    return faults_of([r](Script&, const hark::Delivery&) { return hark::Result(r); });
  };
  CHECK_THAT(answer(77), Contains("answered 77 (a code that does not exist)") && Contains("in:   handle()") &&
                             Contains("life 0 of seed 1 (a calm host)") && Contains("Results a callback may give"));
  CHECK_THAT(answer(HARK_STALE), Contains("answered -5 (HARK_STALE)"));
  CHECK_THAT(answer(HARK_UNSET), Contains("answered 3 (HARK_UNSET)"));
  Script::flush_answer = HARK_REJECT;
  CHECK_THAT(faults_of(), Contains("answered -2 (HARK_REJECT)\n  in:   flush()"));
  Script::timer_answer = HARK_RETRY;
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery&) {
               s.timer = s.ctx.timer(std::chrono::hours(1));
               return hark::ok;
             }),
             Contains("answered -1 (HARK_RETRY)\n  in:   on_timer(0)"));
}

TEST_CASE("the hostile host tells of tickets that are not completed exactly once") {
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) {
               (void)s.complete(d.ticket());
               (void)s.complete(d.ticket());
               return hark::pending;
             }),
             Contains("completed a delivery twice"));
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) { return (void)s.complete(d.ticket()), hark::ok; }),
             Contains("completed a delivery and answered it with HARK_OK as well"));
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) {
               if (s.ticket != 0) (void)s.complete(s.ticket);
               s.ticket = d.ticket();
               return hark::skip;
             }),
             Contains("completed a delivery that it had answered with HARK_SKIP"));
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery&) { return (void)s.complete(4711), hark::ok; }),
             Contains("completed a ticket that it was never given"));
  CHECK_THAT(
      faults_of([](Script& s, const hark::Delivery& d) { return (void)s.complete(d.ticket(), HARK_FATAL), hark::ok; }),
      Contains("completed a delivery with HARK_FATAL"));
}

TEST_CASE("the hostile host tells of retained events that are leaked or released twice or not its own") {
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) {
               const hark_event* kept = nullptr;
               (void)s.host->retain(s.host, d.event().raw(), &kept);
               return hark::ok;
             }),
             Contains("still held 12 retained event(s) when it was destroyed"));
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) {
               const hark_event* kept = nullptr;
               (void)s.host->retain(s.host, d.event().raw(), &kept);
               s.host->release(s.host, kept);
               s.host->release(s.host, kept);
               return hark::ok;
             }),
             Contains("released an event that it does not hold"));
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery& d) {
               const hark_event* kept = nullptr;
               if (s.event != nullptr && s.host->retain(s.host, s.event, &kept) == HARK_OK)
                 s.host->release(s.host, kept);
               s.event = d.event().raw();
               return hark::ok;
             }),
             Contains("retained an event whose call is over"));
}

TEST_CASE("the hostile host tells of messages that plugin.h does not allow") {
  const auto publish = [](std::function<void(hark_message&)> spoil) {
    return faults_of([spoil](Script& s, const hark::Delivery&) {
      hark_message m = *hark::Message("declared", "{}").raw();
      spoil(m);
      (void)s.host->publish(s.host, &m, nullptr);
      return hark::ok;
    });
  };
  CHECK(publish([](hark_message& m) { m.type = hark::str("also.this"); }).empty());
  CHECK_THAT(publish([](hark_message& m) { m.type = hark::str("other"); }),
             Contains("published `other`, which is not among the types that it declares"));
  CHECK_THAT(publish([](hark_message& m) { m.size = 8; }), Contains("hark_message.size is 8, less than the struct"));
  CHECK_THAT(publish([](hark_message& m) { m.flags = 0x100; }), Contains("flags has bits that mean nothing"));
  CHECK_THAT(publish([](hark_message& m) { m.data = {nullptr, 3}; }),
             Contains("hark_message.data is NULL with a length of 3"));
  CHECK_THAT(publish([](hark_message& m) { m.n_attributes = 1; }), Contains("hark_message.attributes is NULL"));
  CHECK_THAT(publish([](hark_message& m) { m.cause = 4711; }), Contains("with a cause that is no ticket of its own"));
  hark_event foreign{};
  CHECK_THAT(publish([&](hark_message& m) { m.caused_by = &foreign; }),
             Contains("with a caused_by that it does not hold"));
}

TEST_CASE("the hostile host tells of texts that are not UTF-8") {
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery&) { return s.ctx.info("\xFF"), hark::ok; }),
             Contains("called log(): the text is not UTF-8"));
  CHECK_THAT(faults_of([](Script&, const hark::Delivery&) { return hark::Result(hark::Reject("\xFF")); }),
             Contains("filled its hark_error with what is not UTF-8"));
}

TEST_CASE("the hostile host tells of a wait inside a call") {
  CHECK_THAT(faults_of([](Script& s, const hark::Delivery&) {
               return (void)s.ctx.publish_wait(hark::Message("declared"), std::chrono::seconds(1)), hark::ok;
             }),
             Contains("called publish_wait() inside a call of the host"));
}

TEST_CASE("the hostile host tells of threads that outlive stop and what they call") {
  static std::atomic<bool> stopped, enough;
  stopped = enough = false;
  Script::on_create = [](Script& s) {
    s.thread = std::thread([host = s.host] {
      while (!enough) {
        if (stopped) host->log(host, HARK_LOG_INFO, 0, hark::str("still here"), nullptr, 0);
        std::this_thread::yield();
      }
    });
  };
  Script::on_stop = [](Script&) { stopped = true; };
  static std::vector<std::thread> left;
  Script::on_destroy = [](Script& s) { left.push_back(std::move(s.thread)); };
  const std::string faults = faults_of(3);
  enough = true;
  for (std::thread& t : left) t.join();
  left.clear();
  CHECK_THAT(faults, Contains("left 1 of its threads running behind stop()"));
  CHECK_THAT(faults, Contains("called log() from a thread of its own after stop() had returned"));
  CHECK_THAT(faults, Contains("called log() after destroy() had returned"));
}

TEST_CASE("the hostile host tells why a plugin does not work under a calm host") {
  Script::on_create = [](Script&) { throw hark::Reject("no licence"); };
  CHECK_THAT(faults_of(), Contains("does not work with these options: create() answered HARK_REJECT: no licence"));
}

namespace {

// What the SDK does not let through, against the C header.
hark_plugin raw_plugin() {
  hark_plugin p{};
  p.size = sizeof p;
  p.caps = HARK_CAP_SUBSCRIBER;
  p.id = p.name = p.version = "test.raw";
  p.create = [](const hark_host* host, const hark_create_info*, hark_instance** out, hark_error*) {
    *out = reinterpret_cast<hark_instance*>(const_cast<hark_host*>(host));
    return hark_result{HARK_OK};
  };
  p.handle = [](hark_instance*, const hark_delivery*, hark_error*) { return hark_result{HARK_OK}; };
  p.destroy = [](hark_instance*) {};
  return p;
}
std::string faults_of(const hark_plugin& p) {
  const hark_module module{sizeof module, HARK_ABI_MAJOR, HARK_ABI_MINOR, 0, 0, 0, &p};
  Torment t;
  t.lives = 3;
  return joined(hark::testing::torment(&module, t));
}

}  // namespace

TEST_CASE("the hostile host tells of tables that no host can use and of what leaves them") {
  hark_plugin p = raw_plugin();
  CHECK(faults_of(p).empty());
  p.handle = nullptr;
  CHECK_THAT(faults_of(p), Contains("has no handle"));
  p = raw_plugin();
  p.handle = [](hark_instance*, const hark_delivery*, hark_error*) -> hark_result { throw std::runtime_error("out"); };
  CHECK_THAT(faults_of(p), Contains("threw an exception across the ABI: out"));
  p = raw_plugin();
  p.handle = [](hark_instance*, const hark_delivery*, hark_error* e) { return e->len = 509, hark_result{HARK_REJECT}; };
  CHECK_THAT(faults_of(p), Contains("said that its hark_error has 509 bytes"));
  p = raw_plugin();
  p.create = [](const hark_host*, const hark_create_info*, hark_instance**, hark_error*) {
    return hark_result{HARK_OK};
  };
  CHECK_THAT(faults_of(p), Contains("answered create() with OK and made no instance"));
}

namespace {

template <hark::Threads model>
struct Threaded {
  static constexpr auto info = hark::Info("test.threaded", "1").hears("t").threads(model).in_flight(8);
  void handle(const hark::Delivery&) {
    const int now = ++inside;
    most = std::max(most.load(), now);
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
    while (inside == 1 && most == 1 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    --inside;
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  }
  static inline std::atomic<int> inside, most;
  static inline std::mutex mutex;
  static inline std::set<std::thread::id> threads;
};
template <hark::Threads model>
void threaded_life() {
  Torment t;
  t.event("t");
  t.lives = 1;
  CHECK(hark::testing::torment(hark::module_of<Threaded<model>>(), t).empty());
}

}  // namespace

TEST_CASE("the hostile host calls on the threads that the plugin's model allows") {
  threaded_life<hark::Threads::affine>();
  CHECK(Threaded<hark::Threads::affine>::threads.size() == 1);
  CHECK(Threaded<hark::Threads::affine>::most == 1);
  threaded_life<hark::Threads::serial>();
  CHECK(Threaded<hark::Threads::serial>::most == 1);
  threaded_life<hark::Threads::keyed>();
  CHECK(Threaded<hark::Threads::keyed>::most > 1);
  threaded_life<hark::Threads::concurrent>();
  CHECK(Threaded<hark::Threads::concurrent>::most > 1);
}
