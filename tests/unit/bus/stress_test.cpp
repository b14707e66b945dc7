// Everything at once, for a few seconds: publishers, subscribers of every kind that answer at random and come and go,
// full queues, completions from other threads. Whatever happens, order and ledger are exact.
//
// HARK_STRESS_SEED repeats a run as far as threads allow, HARK_STRESS_SECONDS changes its length.
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

constexpr int publishers = 3;
constexpr std::uint64_t most_events = 500'000;  // enough for a fast machine, and for its disk
using Random = std::mt19937_64;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// The first things that went wrong, and how many did.
class Violations {
 public:
  void add(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (count_++ < 20) first_ += "; " + what;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return count_ == 0 ? "none" : std::to_string(count_) + first_;
  }

 private:
  mutable std::mutex mutex_;
  int count_ = 0;
  std::string first_;
};

class Counting final : public bus::Observer {
 public:
  void failed(const bus::Failure&) override { ++failures; }
  void dead_lettered(const store::DeadLetter&, const core::Result<void>& kept) override { ++(kept ? letters : lost); }
  void dropped(const bus::Identity&, const hark_event&, std::string_view) override { ++drops; }
  void quarantined(const bus::Identity&, std::uint32_t, std::string_view) override { ++quarantines; }
  void recovered(const bus::Identity&) override { ++recoveries; }
  std::atomic<std::uint64_t> failures{0}, letters{0}, lost{0}, drops{0}, quarantines{0}, recoveries{0};
};

class Subject;

// Deliveries that were answered PENDING, on their way to the threads that complete them.
struct Kept {
  Subject* subject;
  std::uint64_t ticket;
};
class Shelf {
 public:
  void put(const Kept& k) {
    const std::lock_guard lock(mutex_);
    kept_.push_back(k);
  }
  bool take(Kept& out) {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) return false;
    out = kept_.front();
    kept_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<Kept> kept_;
};

struct Scene {
  bus::Bus& bus;
  bus::Publisher &from, &echoes;
  Shelf& shelf;
  Violations& violations;
};

// One subscriber with its plugin. Counts what it answered, to be compared with the ledger.
class Subject final : private bus::Keeper {
 public:
  Subject(const Scene& scene, const std::string& name, const bus::SubscriberOptions& options, std::uint64_t seed,
          bool batched)
      : subscriber(scene.bus.add_subscriber({name, "stress", "1"}, options)),
        scene_(scene),
        in_line_(options.in_line),
        random_(seed) {
    table_.size = sizeof table_;
    table_.handle = [](hark_instance* i, const hark_delivery* d, hark_error*) {
      return reinterpret_cast<Subject*>(i)->handle(*d, true);
    };
    if (batched) {
      table_.handle_batch = [](hark_instance* i, const hark_delivery* const* d, std::uint32_t n, hark_result* r,
                               hark_error*) {
        for (std::uint32_t k = 0; k < n; ++k) r[k] = reinterpret_cast<Subject*>(i)->handle(*d[k], false);
        return HARK_OK;
      };
    }
    subscriber.lane().call([this] { subscriber.lane().open({&table_, instance()}, *this); });
    scene.bus.registry().add(subscriber, topic::Pattern::parse("t.*").value(), {}, true);
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    scene_.bus.revoke(subscriber);
    subscriber.lane().call([this] {
      subscriber.lane().stop_deliveries();
      closed_ = true;
      subscriber.lane().close();
    });
  }

  // A completion from another thread, that was accepted.
  void answered(hark_result r) {
    const std::lock_guard lock(mutex_);
    count(r);
  }

  bool stopped() const { return stopped_; }

  void compare() {
    const bus::SubscriberReading r = scene_.bus.read().subscribers.at(subscriber.index());
    const auto same = [&](const char* what, std::uint64_t ledger, std::uint64_t mine) {
      if (ledger != mine) {
        scene_.violations.add(r.name + ": " + what + ": ledger " + std::to_string(ledger) + ", plugin " +
                              std::to_string(mine));
      }
    };
    same("acknowledged", r.acknowledged, acknowledged_);
    same("skipped", r.skipped, skipped_);
    same("rejected", r.dead[static_cast<std::size_t>(Reason::rejected)], rejected_);
    same("queued", r.queued, 0);
    same("in flight", r.in_flight, 0);
    same("retrying", r.retrying, 0);
    same("credits", subscriber.inbox().credits().events(), 0);
    if (!r.balances()) scene_.violations.add(r.name + " does not balance");
  }

  bus::Subscriber& subscriber;

 private:
  hark_instance* instance() { return reinterpret_cast<hark_instance*>(this); }
  std::optional<bus::Callee> restart(std::string_view) override {
    if (closed_) scene_.violations.add("restarted after its end");
    return bus::Callee{&table_, instance()};
  }

  hark_result handle(const hark_delivery& d, bool may_throw) {
    if (closed_) scene_.violations.add("called after its end");
    hark_result r = HARK_OK;
    bool throws = false, speaks = false;
    {
      const std::lock_guard lock(mutex_);
      look_at(d);
      r = pick(d);
      throws = may_throw && random_() % 50 == 0;
      speaks = random_() % 40 == 0;
      if (throws) r = HARK_RETRY;
      count(r);
      if (r == HARK_AGAIN && !in_line_) held_.insert(number(*d.event));
    }
    if (speaks) {
      const bus::ChainLink link = bus::ChainLink::of(*d.event);
      std::string why;
      scene_.bus.publish(scene_.echoes, message("t.echo", "\"an echo\""), &link, nullptr, why);
    }
    if (r == HARK_PENDING) scene_.shelf.put({this, d.ticket});
    if (throws) throw std::runtime_error("at random");
    return r;
  }

  hark_result pick(const hark_delivery&) {
    const std::uint64_t n = random_() % 1000;
    if (n < 700) return HARK_OK;
    if (n < 760) return HARK_SKIP;
    if (n < 840) return HARK_RETRY;
    if (n < 870) return HARK_REJECT;
    if (n < 880) return HARK_AGAIN;
    if (n < 883) return HARK_FATAL;
    if (n < 890) return 77;
    if (n < 897) return -77;
    return in_line_ ? HARK_OK : HARK_PENDING;
  }

  void count(hark_result r) {
    acknowledged_ += r == HARK_OK || r == 77 ? 1 : 0;
    skipped_ += r == HARK_SKIP ? 1 : 0;
    rejected_ += r == HARK_REJECT || r == -77 ? 1 : 0;
  }

  static std::uint64_t number(const hark_event& e) { return std::stoull(std::string(core::view(e.data))); }

  // First attempts start in the order in which one publisher published; what was held begins once more.
  void look_at(const hark_delivery& d) {
    if (core::view(d.event->type) == "t.echo" || d.attempt != 1 || d.flags != 0 || in_line_) return;
    const std::uint64_t n = number(*d.event);
    if (held_.erase(n) != 0) return;
    std::uint64_t& last = last_[n / 1'000'000'000];
    if (n <= last) scene_.violations.add("order: " + std::to_string(n) + " after " + std::to_string(last));
    last = n;
  }

  const Scene scene_;
  const bool in_line_;
  hark_plugin table_{};
  bool stopped_ = false;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  Random random_;
  std::array<std::uint64_t, publishers + 1> last_{};
  std::set<std::uint64_t> held_;
  std::uint64_t acknowledged_ = 0, skipped_ = 0, rejected_ = 0;
};

bus::SubscriberOptions any_kind(Random& random) {
  bus::SubscriberOptions o;
  o.queue.events = 1 + random() % 200;
  o.queue.bytes = std::uint64_t{4096} << random() % 6;
  o.queue.when_full = static_cast<flow::WhenFull>(random() % 3);
  o.lane.delivery.retry = {1 + static_cast<std::uint32_t>(random() % 4), 20us, 500us, true};
  o.lane.delivery.breaker = {static_cast<std::uint32_t>(random() % 10), 500us};
  o.lane.delivery.timeout = 2ms;
  o.lane.delivery.on_unknown = static_cast<flow::OnUnknown>(random() % 2);
  o.lane.max_in_flight = 1 + static_cast<std::uint32_t>(random() % 40);
  o.lane.max_batch = static_cast<std::uint32_t>(random() % 20);
  o.in_line = random() % 5 == 0;
  o.own_thread = !o.in_line && random() % 5 == 0;
  return o;
}

void speak(const Scene& scene, int publisher, std::uint64_t seed, std::atomic<std::uint64_t>& said,
           const std::atomic<bool>& done) {
  Random random(seed);
  std::string why;
  for (std::uint64_t n = 1; !done; ++n) {
    const std::string data = std::to_string(static_cast<std::uint64_t>(publisher) * 1'000'000'000 + n);
    const hark_message m = message(random() % 2 == 0 ? "t.one" : "t.two", data);
    if (random() % 4 == 0) {
      scene.bus.publish(scene.from, m, nullptr, nullptr, why);
    } else {
      const std::int64_t until = core::now_ns() + static_cast<std::int64_t>(random() % 3) * ms;
      scene.bus.publish_wait(scene.from, m, nullptr, until, nullptr, why);
    }
    ++said;
  }
}

void complete(const Scene& scene, std::uint64_t seed, const std::atomic<bool>& done) {
  static constexpr std::array results{HARK_OK, HARK_OK, HARK_OK, HARK_SKIP, HARK_RETRY, HARK_REJECT};
  Random random(seed);
  while (!done) {
    Kept k;
    if (!scene.shelf.take(k)) {
      std::this_thread::yield();
      continue;
    }
    bus::Lane& lane = k.subject->subscriber.lane();
    if (random() % 10 == 0) continue;  // never
    if (random() % 5 == 0) lane.extend(k.ticket, ms);
    if (bus::ChainLink link; random() % 5 == 0 && lane.chain_of(k.ticket, link)) {
      std::string why;
      scene.bus.publish(scene.echoes, message("t.echo", "\"later\""), &link, nullptr, why);
    }
    if (random() % 5 == 0) scene.shelf.put(k);  // perhaps twice, and by two at once
    const hark_result r = results[random() % results.size()];
    if (lane.complete(k.ticket, r, 0, nullptr)) k.subject->answered(r);
  }
}

}  // namespace

TEST_CASE("whatever subscribers answer and however they come and go order and ledger are exact") {
  const std::uint64_t seed = setting("HARK_STRESS_SEED", std::random_device{}());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(setting("HARK_STRESS_SECONDS", 3));
  std::printf("stress: HARK_STRESS_SEED=%llu\n", static_cast<unsigned long long>(seed));
  Random random(seed);

  TempFolder folder;
  Counting seen;
  store::DeadLetters letters(folder.path() / "dead.ndjson", std::uint64_t{1} << 34);
  Shelf shelf;
  Violations violations;
  std::deque<Subject> subjects;
  bus::Bus b({16, 1u << 20, 2}, seen, letters);
  const Scene scene{b, b.add_publisher("from"), b.add_publisher("echoes"), shelf, violations};
  std::deque<Subject*> alive;
  const auto add = [&] {
    const bus::SubscriberOptions o = any_kind(random);
    alive.push_back(
        &subjects.emplace_back(scene, "s" + std::to_string(subjects.size()), o, random(), o.lane.max_batch > 1));
  };
  for (int i = 0; i < 6; ++i) add();

  std::atomic<std::uint64_t> said{0};
  std::atomic<bool> done{false}, all_done{false};
  std::vector<std::thread> speakers, completers;
  for (int p = 1; p <= publishers; ++p) {
    speakers.emplace_back([&, p, s = random()] { speak(scene, p, s, said, done); });
  }
  for (int c = 0; c < 2; ++c) {
    completers.emplace_back([&, s = random()] { complete(scene, s, all_done); });
  }
  const auto is_time = [&] { return std::chrono::steady_clock::now() >= until || said >= most_events; };
  while (!is_time()) {
    for (const std::uint64_t next = said + 500; said < next && !is_time();) std::this_thread::yield();
    add();
    alive[random() % alive.size()]->stop();
    std::erase_if(alive, [](const Subject* s) { return s->stopped(); });
  }
  done = true;
  for (auto& t : speakers) t.join();
  CHECK(b.wait_quiet(core::now_ns() + std::chrono::nanoseconds(patience).count()));
  CHECK(eventually([&] { return b.read().balances(); }));
  all_done = true;
  for (auto& t : completers) t.join();
  for (Subject& s : subjects) s.stop();
  for (Subject& s : subjects) s.compare();

  const bus::LedgerReading reading = b.read();
  CHECK(violations.text() == "none");
  CHECK(reading.balances());
  CHECK(reading.lost() == 0);
  std::uint64_t dead = reading.publishers[0].refused[static_cast<std::size_t>(Refusal::loop)] +
                       reading.publishers[1].refused[static_cast<std::size_t>(Refusal::loop)];
  for (const auto& s : reading.subscribers) {
    for (const std::uint64_t n : s.dead) dead += n;
  }
  CHECK(dead == seen.letters);
  CHECK(letters.kept() == seen.letters);
  CHECK(reading.publishers[0].offered == said);
  CHECK(seen.quarantines >= seen.recoveries);
  std::printf(
      "stress: %llu published, %zu subscribers, %llu failed attempts, %llu dead letters, %llu dropped, %llu "
      "quarantines\n",
      static_cast<unsigned long long>(said.load()), subjects.size(),
      static_cast<unsigned long long>(seen.failures.load()), static_cast<unsigned long long>(seen.letters.load()),
      static_cast<unsigned long long>(seen.drops.load()), static_cast<unsigned long long>(seen.quarantines.load()));
}
