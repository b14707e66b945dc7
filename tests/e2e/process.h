// A child process to drive from a test: fed, listened to, waited for with a deadline, never left behind.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hark::e2e {

using namespace std::chrono_literals;

// How long anything may take before a test says that it hangs. Generous: sanitizers and busy machines are slow.
inline constexpr std::chrono::seconds patience{100};

// Polls until done() or patience is over; answers done(). Not for timing: for waiting on another process.
bool eventually(const std::function<bool()>& done);

struct Ended {
  int status = -1;       // exit status, or -1 when a signal ended it
  int signal = 0;        // 0 = it exited
  bool in_time = true;   // false: it had to be killed
  std::string out, err;  // all of standard output and error
  long max_rss_kb = 0;
  std::chrono::milliseconds took{0};
};

enum class Output {
  pipe,
  closed,
  full_device,
  terminal  // standard error too: all that the terminal shows ends up in `out`
};

struct Launch {
  std::vector<std::string> command;  // [0]: path of the executable
  std::filesystem::path folder;      // where it runs
  Output out = Output::pipe;
  rlim_t most_file_bytes = 1 << 30;  // RLIMIT_FSIZE: no failing test may fill the disk; make_room() lifts it
  bool as_nobody = false;            // only root can
  std::filesystem::path input;       // standard input from this file; empty: from write()
};

// Starts at construction; the destructor kills what still runs. Thread: one test, its main thread.
class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Into its standard input. False: it closed it, or did not read for as long as patience lasts.
  bool write(std::string_view bytes);
  void close_input();

  void signal(int number) const;
  pid_t id() const { return pid_; }
  bool running() const;
  // Lifts RLIMIT_FSIZE: the disk has room again.
  void make_room() const;
  std::chrono::milliseconds age() const;

  std::string out() const;
  std::string err() const;
  bool said(std::string_view text) const { return err().find(text) != std::string::npos; }

  // Closes its input and waits for the end.
  Ended finish();
  // Waits for the end with its input as it is.
  Ended wait();

 private:
  void listen(int from, std::string& into);

  pid_t pid_ = -1;
  int in_ = -1;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::string out_, err_;  // guarded by mutex_
  std::vector<std::thread> listeners_;
};

}  // namespace hark::e2e
