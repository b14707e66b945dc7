/* Runs a command and tells what it cost.
 *
 *   measured_run FD COMMAND [ARGUMENT...]
 *
 * Writes to descriptor FD "PID STARTED_NS\n" (CLOCK_MONOTONIC, before the fork) and, when it has ended,
 * "ENDED_NS USER_US SYSTEM_US MAX_RSS_KIB STATUS\n". It is small on purpose: a process inherits the peak of its
 * parent's resident size, so a child of a script would report the script's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int fd = atoi(argv[1]);
  const long long started = now_ns();
  const pid_t pid = vfork();
  if (pid == 0) {
    close(fd);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  dprintf(fd, "%d %lld\n", (int)pid, started);
  int status = 0;
  struct rusage usage;
  if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) return 1;
  const long long ended = now_ns();
  dprintf(fd, "%lld %lld %lld %ld %d\n", ended, usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec,
          usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec, usage.ru_maxrss,
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
