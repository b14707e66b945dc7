// One worker process, as the host sees it: started, called, served, and ended.
//
//   caller (the lane's thread)   writes a call down, then serves what comes up until its answer is among it
//   the link's own thread        starts the process, serves what comes up between calls, reaps the process
//
// Either holds `reading_` while it serves: one reader at a time. The thread sleeps in poll() and is not woken for
// what comes up while a caller looks. PR_SET_PDEATHSIG follows the thread that started a process, so that one outlives
// it.
#pragma once

#include <hark/plugin.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "core/error.h"
#include "core/mutex.h"
#include "ipc/shared_memory.h"
#include "worker/protocol.h"

namespace hark::worker {

struct LinkOptions {
  std::filesystem::path program;  // hark-worker
  std::filesystem::path library;
  std::string name;                    // of the library, for people
  std::uint64_t max_event = 1u << 20;  // bytes: how much one event may take
};

// What came of a call.
struct Outcome {
  enum class What : std::uint8_t {
    answered,
    ended,
    overdue
  };  // ended: the process did; overdue: it was ended for that
  What what = What::answered;
  hark_result result = HARK_OK;
  std::string error;
};

class Link {
 public:
  // host: serves what the plugin asks; lives as long as the link. on_end: once, from the link's thread, when the
  // process ends before end() was called.
  Link(LinkOptions options, const hark_host& host, std::function<void(const std::string&)> on_end);
  ~Link() { end(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  core::Result<void> begin();
  bool has_ended() const { return dead_; }
  void end();  // idempotent: kills what still runs, and is done when it is gone

  // One at a time. After until_ns the process gets SIGTERM, and a second later SIGKILL.
  Outcome call(Down kind, std::string_view payload, std::int64_t until_ns) EXCLUDES(reading_);
  // A run of events; more of them than the ring takes are not sent. results: one for each, HARK_UNSET where the plugin
  // has not begun it. suspect: of an Outcome that is not `answered`, the one that was being handled, or n: none can be
  // named, and each that has no result may be the one.
  struct Run {
    Outcome outcome;
    std::uint32_t suspect = 0;
    bool all_suspect = false;
  };
  Run deliver(std::span<const hark_delivery* const> deliveries, std::span<hark_result> results) EXCLUDES(reading_);

 private:
  HostWords& words() { return *reinterpret_cast<HostWords*>(down_->data()); }
  WorkerWords& theirs() { return *reinterpret_cast<WorkerWords*>(up_->data()); }

  // link.cpp: the process
  void run(std::promise<core::Result<void>> begun);
  core::Result<void> spawn();
  void listen();
  void take_output(bool to_end);
  void reap();
  std::string how_it_ended(int code, int status);
  std::string last_words() EXCLUDES(words_mutex_);
  void kill(int signal);

  // link_call.cpp: calls
  Outcome await(std::int64_t until_ns) REQUIRES(reading_);
  bool serve_some(std::optional<Outcome>& done) REQUIRES(reading_);
  void serve_between_calls() REQUIRES(reading_);
  void lock_for_call() HARK_TS(acquire_capability(reading_));
  std::uint32_t write_run(std::span<const hark_delivery* const> deliveries, std::int64_t& until) REQUIRES(reading_);
  void judge(Run& run, std::span<const hark_delivery* const> deliveries, std::uint32_t sent);

  // link_serve.cpp: requests
  void serve(Up kind, std::string_view payload) REQUIRES(reading_);
  void serve_extension(Up kind, Unpacker& in) REQUIRES(reading_);
  void reply(hark_result r, std::uint64_t first = 0, std::uint64_t second = 0, const std::uint8_t* uid = nullptr)
      REQUIRES(reading_);
  void serve_publish(Unpacker& in) REQUIRES(reading_);
  void serve_log(Unpacker& in) REQUIRES(reading_);
  void serve_retain(Unpacker& in) REQUIRES(reading_);

  const LinkOptions options_;
  const hark_host& host_;
  const std::function<void(const std::string&)> on_end_;
  std::optional<ipc::SharedMemory> down_, up_;
  int event_ = -1, output_ = -1, process_ = -1;
  pid_t pid_ = -1;
  std::thread thread_;
  std::atomic<bool> ending_{false}, dead_{false};
  std::atomic<bool> wanted_{false};  // a caller waits for reading_

  core::Mutex reading_;
  std::optional<ipc::RingReader> reader_;  // wake() from any thread
  std::optional<ipc::RingWriter> writer_;
  std::string copied_ GUARDED_BY(reading_);
  std::uint64_t calls_ GUARDED_BY(reading_) = 0;                        // made; an answer says which it is of
  std::span<const hark_delivery* const> handled_ GUARDED_BY(reading_);  // by the call that runs
  std::unordered_map<std::uint64_t, const hark_event*> retained_ GUARDED_BY(reading_);
  std::uint64_t last_retained_ GUARDED_BY(reading_) = 0;
  std::uint32_t serial_ GUARDED_BY(reading_) = 0;

  core::Mutex words_mutex_;
  std::string output_text_ GUARDED_BY(words_mutex_);  // the end of what it wrote to its standard output and error
  std::string death_ GUARDED_BY(words_mutex_);
};

}  // namespace hark::worker
