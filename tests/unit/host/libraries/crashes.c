/* Its constructor ends the process by a signal. */
#include <signal.h>
#include <unistd.h>
__attribute__((constructor)) static void crash(void) {
  signal(SIGKILL, SIG_DFL);
  kill(getpid(), SIGKILL);
}
