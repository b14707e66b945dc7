// hark_stress [--seconds N] [--seed S] [--episode S]
//
// Everything at once, in many short episodes, each in a process of its own: publishers, subscribers that come and go,
// plugins that are stopped while they are called, queues that overflow and spill, lanes that die, hosts that follow
// each other. Whatever happens, order and ledger are exact. A seed gives the same plans again; threads run as they
// please, so an episode that failed is tried again and again for the given seconds.
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "episode.h"
#include "support/temp_folder.h"

using namespace hark::stress;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int episode_patience_ms = 240'000;  // far longer than any takes, sanitized and on a loaded machine
constexpr int longest_search = 4;             // times the given seconds, until everything has been exercised

struct Arguments {
  std::chrono::seconds length{20};
  std::uint64_t seed = std::random_device{}();
  std::uint64_t episode = 0;
  bool is_repeated = false;  // of one episode, not of a run
};

bool read(int argc, char** argv, Arguments& out) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return false;
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(argv[i + 1], &end, 10);
    if (end == argv[i + 1] || *end != '\0') return false;
    const std::string_view name = argv[i];
    if (name == "--seconds") {
      out.length = std::chrono::seconds(value);
    } else if (name == "--seed") {
      out.seed = value;
    } else if (name == "--episode") {
      out.episode = value;
      out.is_repeated = true;
    } else {
      return false;
    }
  }
  return true;
}

Exercised& shared() {
  void* memory = mmap(nullptr, sizeof(Exercised), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Exercised;
}

// True: nothing was violated.
bool run_episode(std::uint64_t seed, Exercised& did) {
  const hark::test::TempFolder folder;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    play(seed, folder.path(), did);
  }
  if (child < 0) return std::perror("fork"), false;
  pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, child, 0)), POLLIN, 0};
  if (ended.fd >= 0 && poll(&ended, 1, episode_patience_ms) == 0) {
    std::fprintf(stderr, "  violated: the episode does not end\n");
    kill(child, SIGABRT);
  }
  if (ended.fd >= 0) close(ended.fd);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return false;
  if (WIFSIGNALED(status)) std::fprintf(stderr, "  violated: it was ended by signal %d\n", WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) > 1) {
    std::fprintf(stderr, "  violated: it ended with status %d\n", WEXITSTATUS(status));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string missing(const Exercised& did) {
  std::string names;
  for (std::size_t i = 0; i < did_count; ++i) {
    if (did.get(static_cast<Did>(i)) == 0) names += (names.empty() ? "" : ", ") + std::string(did_names[i]);
  }
  return names;
}

void summarise(const Exercised& did, unsigned episodes, Clock::duration took) {
  std::printf("%u episodes in %.1f s:", episodes, std::chrono::duration<double>(took).count());
  for (std::size_t i = 0; i < did_count; ++i) {
    std::printf("%s %s %llu", i == 0 ? "" : ",", did_names[i].data(),
                static_cast<unsigned long long>(did.get(static_cast<Did>(i))));
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!read(argc, argv, arguments)) {
    std::fprintf(stderr, "usage: hark_stress [--seconds N] [--seed S] [--episode S]\n");
    return 2;
  }
  std::printf("hark_stress --seed %llu\n", static_cast<unsigned long long>(arguments.seed));
  Random seeds(arguments.seed);
  Exercised& did = shared();
  const auto began = Clock::now();
  unsigned episodes = 0;
  const auto goes_on = [&] {
    const auto since = Clock::now() - began;
    if (episodes == 0 || since < arguments.length) return true;
    return !arguments.is_repeated && since < longest_search * arguments.length && !missing(did).empty();
  };
  while (goes_on()) {
    const std::uint64_t seed = arguments.is_repeated ? arguments.episode : seeds() >> 1;
    std::printf("episode %u: --episode %llu\n", ++episodes, static_cast<unsigned long long>(seed));
    if (run_episode(seed, did)) continue;
    std::fprintf(stderr, "stress: failed; again with: hark_stress --seconds 60 --episode %llu\n",
                 static_cast<unsigned long long>(seed));
    return 1;
  }
  summarise(did, episodes, Clock::now() - began);
  if (const std::string never = missing(did); !arguments.is_repeated && !never.empty()) {
    std::fprintf(stderr, "stress: never exercised: %s\n", never.c_str());
    return 1;
  }
  return 0;
}
