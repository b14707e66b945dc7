// bench_worker: P11, a plugin in a process of its own: against the same plugin in this process, against a plain worker
// on a Unix socket, and against two processes that do nothing but wake each other.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstring>
#include <thread>

#include "bench.h"
#include "core/clock.h"
#include "core/futex.h"
#include "core/text.h"
#include "host/instance.h"
#include "rig.h"
#include "worker/contain.h"
#include "worker/link.h"

namespace hark::bench {
namespace {

constexpr std::size_t event_bytes = 150;

class Silent final : public host::PluginLog {
 public:
  std::int32_t level() const override { return HARK_LOG_ERROR + 1; }
  void said(const bus::Identity&, std::int32_t, const hark_delivery*, std::string_view,
            std::span<const hark_kv>) override {}
  void publish_refused(const bus::Identity&, std::string_view, std::string_view) override {}
  void noted(const bus::Identity&, std::int32_t, std::string_view) override {}
};

std::filesystem::path library(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib/hark/bench" / name;
}

// Loaded once, before there are threads.
const host::PluginFile& plugin(bool in_process) {
  static const auto load = [](host::Isolation isolation) {
    auto loaded = worker::load_plugin(library("bench_checks.so"), {isolation, true, "/tmp", {}}, 1u << 20);
    if (!loaded) std::fprintf(stderr, "%s\n", loaded.error().message.c_str()), std::exit(1);
    return std::move(*loaded);
  };
  static const host::PluginFile here = load(host::Isolation::thread), apart = load(host::Isolation::process);
  return in_process ? here : apart;
}

// A bus with subscribers of either tier.
class Host {
 public:
  explicit Host(std::vector<bool> in_process) {
    for (std::size_t i = 0; i < in_process.size(); ++i) {
      host::InstanceOptions o;
      o.name = "s" + std::to_string(i);
      o.queue.events = 16'384;
      o.queue.when_full = flow::WhenFull::block;
      o.restart.max = 1'000'000;
      std::vector<host::Instance::Hears> hears;
      hears.push_back({*topic::Pattern::parse(o.name), {}});
      instances_.push_back(std::make_unique<host::Instance>(host::Services{bus_, metrics_, log_}, plugin(in_process[i]),
                                                            std::move(o), std::move(hears),
                                                            [](hark_result, std::string_view) {}));
      const auto created = instances_.back()->create();
      Bench::check(created.has_value(), created ? "" : created.error().message);
      const auto started = instances_.back()->start();
      Bench::check(started.has_value(), started ? "" : started.error().message);
    }
  }
  ~Host() {
    for (const auto& i : instances_) i->stop(core::now_ns() + 5'000'000'000);
    Bench::check(bus_.read().balances(), "the ledger does not balance");
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  void publish(const std::string& type, std::string_view data) {
    static thread_local std::string why;
    const hark_message m = message(type, data);
    if (bus_.publish_wait(from_, m, nullptr, core::never_ns, nullptr, why) != bus::Publish::ok)
      Bench::check(false, why);
  }
  void wait() { bus_.wait_quiet(core::never_ns); }
  std::uint64_t acknowledged(std::size_t i) const { return bus_.read().subscribers.at(i).acknowledged; }
  std::uint64_t failures(std::size_t i) const { return bus_.read().subscribers.at(i).failures; }

 private:
  Silent log_;
  bus::Observer deaf_;
  store::Metrics metrics_;
  store::DeadLetters letters_{"/dev/null/none", 0};
  bus::Bus bus_{{}, deaf_, letters_};
  bus::Publisher& from_ = bus_.add_publisher("from");
  std::vector<std::unique_ptr<host::Instance>> instances_;
};

// The callee compares its first and last words: one that comes out changed is rejected.
std::string data_of(std::uint64_t number) {
  std::string data(event_bytes, 'x');
  std::memcpy(data.data(), &number, 8);
  std::memcpy(data.data() + 56, &number, 8);
  return data;
}

double rate(bool in_process, std::uint64_t n) {
  Host host({in_process});
  const std::string data = data_of(7);
  const auto publish = [&](std::uint64_t count) {
    for (; count != 0; --count) host.publish("s0", data);
    host.wait();
  };
  publish(n / 10);
  const std::int64_t began = core::now_ns();
  publish(n);
  const auto took = static_cast<double>(core::now_ns() - began);
  Bench::check(host.acknowledged(0) == n + n / 10 && host.failures(0) == 0, "events were lost or changed");
  return static_cast<double>(n) / took * 1e3;
}

// What one would write first: a message an event, and a byte for each that is done; 64 under way at most.
double socket_rate(std::uint64_t n) {
  int ends[2];
  Bench::check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    char event[4096];
    std::uint64_t words[2];
    for (ssize_t got; (got = read(ends[1], event, sizeof event)) > 0;) {
      std::memcpy(words, event, 8);
      std::memcpy(words + 1, event + 56, 8);
      const char done = words[0] == words[1];
      if (write(ends[1], &done, 1) != 1) break;
    }
    _exit(0);
  }
  close(ends[1]);
  const std::string data = data_of(7);
  std::uint64_t sent = 0, done = 0;
  const std::int64_t began = core::now_ns();
  for (char answer = 0; done < n;) {
    while (sent < n && sent - done < 64) {
      Bench::check(write(ends[0], data.data(), data.size()) == static_cast<ssize_t>(data.size()), "write");
      ++sent;
    }
    Bench::check(read(ends[0], &answer, 1) == 1 && answer == 1, "the socket worker's answer");
    ++done;
  }
  const auto took = static_cast<double>(core::now_ns() - began);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return static_cast<double>(n) / took * 1e3;
}

double median(std::vector<double> all) {
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
  return all[all.size() / 2];
}

constexpr std::chrono::microseconds long_enough(300);  // for both sides to have gone to sleep

const hark_host& nobody() {
  static const hark_host table = [] {
    hark_host t{};
    t.size = sizeof t;
    t.log = [](const hark_host*, std::int32_t, std::uint64_t, hark_str, const hark_kv*, std::uint32_t) {};
    t.log_level = [](const hark_host*) -> std::int32_t { return HARK_LOG_ERROR; };
    return t;
  }();
  return table;
}

// One event through a link whose worker sleeps, until its answer is there, in us.
double link_round_trip(std::uint64_t n) {
  const std::filesystem::path file = library("bench_checks.so");
  worker::Link link({worker::worker_program(), file, "bench_checks.so", 1u << 20}, nobody(), [](const std::string&) {});
  Bench::check(link.begin().has_value(), "a worker could not be started");
  const worker::Packer create =
      worker::Packer().value(std::uint32_t{HARK_ROLE_SUBSCRIBER}).value(std::uint32_t{0}).text("s").text("{}").text("");
  Bench::check(link.call(worker::Down::create, create.bytes(), core::never_ns).result == HARK_OK, "create");
  const std::string data = data_of(7);
  hark_event event{};
  event.size = sizeof event;
  event.time_ns = HARK_TIME_ABSENT;
  event.type = core::str("t");
  event.data = core::bytes(data);
  event.flags = HARK_E_DATA_BINARY;
  std::vector<double> times;
  for (std::uint64_t i = 1; i <= n; ++i) {
    std::this_thread::sleep_for(long_enough);
    const std::int64_t began = core::now_ns();
    const hark_delivery d{sizeof d, 0, i, 0, began + 30'000'000'000, 1, 0, &event};
    const hark_delivery* const pointer = &d;
    hark_result result = HARK_UNSET;
    link.deliver({&pointer, 1}, {&result, 1});
    times.push_back(static_cast<double>(core::now_ns() - began) / 1e3);
    Bench::check(result == HARK_OK, "an event was not handled, or changed");
  }
  return median(times);
}

double futex_round_trip(std::uint64_t n) {
  using Word = std::atomic<std::uint32_t>;
  auto* const words =
      static_cast<Word*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  Word &there = words[0], &back = words[64];
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::uint32_t i = 1;; ++i) {
      while (there.load() != i) core::futex_wait_shared(there, i - 1);
      back.store(i);
      core::futex_wake_shared(back);
    }
  }
  std::vector<double> times;
  for (std::uint32_t i = 1; i <= n; ++i) {
    std::this_thread::sleep_for(long_enough);
    const std::int64_t began = core::now_ns();
    there.store(i);
    core::futex_wake_shared(there);
    while (back.load() != i) core::futex_wait_shared(back, i - 1);
    times.push_back(static_cast<double>(core::now_ns() - began) / 1e3);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  munmap(words, 4096);
  return median(times);
}

// From publishing what ends the process to its being handled by the next one, in ms.
double recovery(std::uint64_t n) {
  Host host({false});
  const std::string crash = data_of(BENCH_CRASH), well = data_of(7);
  std::vector<double> times;
  for (std::uint64_t i = 0; i < n; ++i) {
    host.publish("s0", well);
    host.wait();
    const std::int64_t began = core::now_ns();
    host.publish("s0", crash);
    host.wait();
    times.push_back(static_cast<double>(core::now_ns() - began) / 1e6);
  }
  Bench::check(host.acknowledged(0) == 2 * n && host.failures(0) == n,
               "what ended its process was not handled by the next");
  return median(times);
}

// M events/s to a subscriber in this process while another's process ends each 50 ms, or never.
double beside(bool crashes, std::uint64_t n) {
  Host host({true, false});
  std::atomic<bool> over{false};
  std::thread other([&] {
    const std::string data = data_of(crashes ? BENCH_CRASH : 7);
    for (std::int64_t due = core::now_ns(); !over; due += 50'000'000) {
      host.publish("s1", data);
      while (!over && core::now_ns() < due + 50'000'000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const std::string data = data_of(7);
  const std::int64_t began = core::now_ns();
  for (std::uint64_t i = 0; i < n; ++i) host.publish("s0", data);
  host.wait();
  const auto took = static_cast<double>(core::now_ns() - began);
  over = true;
  other.join();
  host.wait();
  Bench::check(host.acknowledged(0) == n && host.failures(0) == 0, "the subscriber beside it lost events");
  Bench::check(!crashes || host.failures(1) != 0, "nothing crashed");
  return static_cast<double>(n) / took * 1e3;
}

void throughput(Bench& bench) {
  const std::uint64_t n = bench.count(1'000'000);
  const Rounds r = bench.take_turns({{"worker", [n] { return rate(false, n); }},
                                     {"in-process", [n] { return rate(true, n); }},
                                     {"socket", [n] { return socket_rate(n / 4); }}});
  bench.compare({"P11",
                 "P11 worker process, 150 B",
                 "M events/s",
                 Better::higher,
                 r.of("worker"),
                 "",
                 {},
                 {{"min", 12}, {"min_far", 4}}},
                r);
  bench.compare({"P11",
                 "P11 worker process against in-process",
                 "M events/s",
                 Better::higher,
                 r.of("worker"),
                 "in-process tier",
                 r.of("in-process"),
                 {}},
                r);
  bench.compare({"P11",
                 "P11 worker process against a Unix socket",
                 "M events/s",
                 Better::higher,
                 r.of("worker"),
                 "worker on a Unix socket",
                 r.of("socket"),
                 {}},
                r);
}

void round_trip(Bench& bench) {
  const std::uint64_t n = bench.count(2'000);
  const Rounds r = bench.take_turns(
      {{"worker", [n] { return link_round_trip(n); }}, {"futex", [n] { return futex_round_trip(n); }}});
  bench.compare({"P11",
                 "P11 round trip, both asleep, p50",
                 "us",
                 Better::lower,
                 r.of("worker"),
                 "bare futex ping-pong",
                 r.of("futex"),
                 {{"ratio_max", 1.3}}},
                r);
}

void crashes(Bench& bench) {
  const std::uint64_t n = bench.count(100), many = bench.count(2'000'000);
  const Rounds a = bench.take_turns({{"recovery", [n] { return recovery(n); }}});
  bench.compare({"P11", "P11 crash to the next delivery", "ms", Better::lower, a.of("recovery"), "", {}, {{"max", 10}}},
                a);
  const Rounds b = bench.take_turns(
      {{"crashes", [many] { return beside(true, many); }}, {"well", [many] { return beside(false, many); }}});
  bench.compare({"P11",
                 "P11 another subscriber while a worker crashes each 50 ms",
                 "M events/s",
                 Better::higher,
                 b.of("crashes"),
                 "none crashes",
                 b.of("well"),
                 {{"ratio_min", 0.9}}},
                b);
}

}  // namespace
}  // namespace hark::bench

int main(int argc, char** argv) {
  using namespace hark::bench;
  Bench bench(argc, argv);
  plugin(true);
  hark::bus::Bus::prepare_process();
  bench.run("P11 throughput of a worker process", throughput);
  bench.run("P11 round trip to a worker process", round_trip);
  bench.run("P11 crashes of a worker process", crashes);
  return Bench::status();
}
