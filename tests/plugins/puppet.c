/* Does what the event's data says: {"do":"segv"}. The same file in every tier. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zoo.h"

typedef struct puppet {
  const hark_host* host;
  uint64_t pending;
  const hark_event* kept;
} puppet;

static int is(hark_str what, const char* name) { return what.n == strlen(name) && memcmp(what.p, name, what.n) == 0; }

static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
  hark_str what = zoo_text(info->options, "create");
  if (is(what, "fail")) {
    zoo_say(err, "told to fail");
    return HARK_REJECT;
  }
  if (is(what, "segv")) raise(SIGSEGV);
  puppet* p = (puppet*)calloc(1, sizeof *p);
  if (p == NULL) return HARK_NOMEM;
  p->host = host;
  *out = (hark_instance*)p;
  return HARK_OK;
}

/* Deep enough for any stack; each frame is written to, so that none can be left out. */
static volatile int deep = 1;
static int overflow(volatile char* outer) {
  volatile char frame[4096];
  frame[0] = outer != NULL ? outer[0] : 1;
  return deep != 0 ? overflow(frame) + frame[0] : 0;
}

static hark_result publish(puppet* p, const char* type, hark_str data, uint64_t cause, const hark_event* caused_by) {
  hark_message m;
  memset(&m, 0, sizeof m);
  m.size = sizeof m;
  m.cause = cause;
  m.caused_by = caused_by;
  m.time_ns = HARK_TIME_ABSENT;
  m.type.p = type;
  m.type.n = strlen(type);
  m.data.p = data.p;
  m.data.n = data.n;
  uint8_t uid[16];
  return p->host->publish(p->host, &m, uid);
}

__attribute__((no_sanitize("address", "undefined"))) static void* crash_in_thread(void* unused) {
  *(volatile int*)unused = 1;
  return NULL;
}

static void* sleep_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}

/* As it was written: a sanitizer would get in before it. */
__attribute__((no_sanitize("address", "undefined"))) static hark_result handle(hark_instance* i, const hark_delivery* d,
                                                                               hark_error* err) {
  puppet* p = (puppet*)i;
  hark_str data = zoo_data(d), what = zoo_text(data, "do");
  if ((d->flags & HARK_D_SUSPECT) != 0 && is(what, "segv once")) return HARK_OK;
  if (is(what, "segv") || is(what, "segv once")) raise(SIGSEGV);
  if (is(what, "null")) *(volatile int*)(uintptr_t)zoo_number(data, "at", 0) = 1;
  if (is(what, "abort")) abort();
  if (is(what, "exit")) exit(0);
  if (is(what, "_exit")) _exit(0);
  if (is(what, "overflow")) return (hark_result)overflow(NULL);
  if (is(what, "hang")) {
    for (;;) pause();
  }
  if (is(what, "busy")) {
    for (volatile unsigned n = 0;;) ++n;
  }
  if (is(what, "sleep")) sleep(2);
  if (is(what, "deaf")) { /* to SIGTERM as well */
    signal(SIGTERM, SIG_IGN);
    for (;;) pause();
  }
  if (is(what, "write")) ((char*)(uintptr_t)what.p)[0] = 'W';
  if (is(what, "thread")) {
    pthread_t t;
    pthread_create(&t, NULL, crash_in_thread, NULL);
    pthread_join(t, NULL);
  }
  if (is(what, "say")) {
    fputs("last words\n", stderr);
    raise(SIGSEGV);
  }
  if (is(what, "kill parent")) return kill(getppid(), SIGKILL) == 0 ? HARK_OK : HARK_REJECT;
  if (is(what, "fork")) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, NULL, 0);
    return child > 0 ? HARK_OK : HARK_REJECT;
  }
  if (is(what, "exec")) {
    char* const argv[] = {(char*)"true", NULL};
    execv("/bin/true", argv);
    return HARK_REJECT; /* it returned */
  }
  if (is(what, "connect")) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0) return HARK_REJECT;
    close(s);
    return HARK_OK;
  }
  if (is(what, "open")) {
    int f = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (f < 0) return HARK_REJECT;
    close(f);
    return HARK_OK;
  }
  if (is(what, "leak")) { /* until there is no more, within reason */
    for (int n = 0; n < 64; ++n) {
      void* block = malloc(1u << 20);
      if (block == NULL) return HARK_REJECT;
      memset(block, 1, 1u << 20);
    }
  }
  if (is(what, "leak descriptors")) {
    for (int n = 0; n < 100; ++n) {
      if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return HARK_REJECT;
    }
  }
  if (is(what, "leave thread")) {
    pthread_t t;
    pthread_create(&t, NULL, sleep_for_ever, NULL);
    pthread_detach(t);
  }
  if (is(what, "complete twice")) {
    p->host->complete(p->host, d->ticket, HARK_OK, 0, NULL);
    p->host->complete(p->host, d->ticket, HARK_REJECT, 0, NULL);
    p->host->complete(p->host, d->ticket + 4096, HARK_OK, 0, NULL);
    return HARK_PENDING;
  }
  if (is(what, "flood")) {
    for (int n = 0; n < 20000; ++n) publish(p, "puppet.flood", data, d->ticket, NULL);
  }
  if (is(what, "flood log")) {
    hark_str text = {"one of very many", 16};
    for (int n = 0; n < 20000; ++n) p->host->log(p->host, HARK_LOG_ERROR, 0, text, NULL, 0);
  }
  if (is(what, "retain all")) {
    for (int n = 0; n < 1000; ++n) p->host->retain(p->host, d->event, &p->kept);
  }
  if (is(what, "out of range")) { /* lengths that no memory has */
    hark_message m;
    memset(&m, 0, sizeof m);
    m.size = sizeof m;
    m.type.n = m.data.n = (size_t)-1 / 2;
    return p->host->publish(p->host, &m, NULL) != HARK_OK ? HARK_OK : HARK_REJECT;
  }
  if (is(what, "retry")) {
    zoo_say(err, "told to retry");
    return HARK_RETRY;
  }
  if (is(what, "reject")) {
    zoo_say(err, "told to reject");
    return HARK_REJECT;
  }
  if (is(what, "fatal")) return HARK_FATAL;
  if (is(what, "forge")) return (hark_result)zoo_number(data, "code", -1002);
  if (is(what, "pend")) {
    p->pending = d->ticket;
    return HARK_PENDING;
  }
  if (is(what, "complete")) {
    hark_result r = p->host->complete(p->host, p->pending, HARK_OK, 0, NULL);
    if (r != HARK_OK) zoo_say(err, "stale");
    return r == HARK_OK ? HARK_OK : HARK_REJECT;
  }
  if (is(what, "retain")) return p->host->retain(p->host, d->event, &p->kept) == HARK_OK ? HARK_OK : HARK_REJECT;
  if (is(what, "because of it")) {
    hark_result r = publish(p, "puppet.because", data, 0, p->kept);
    p->host->release(p->host, p->kept);
    return r;
  }
  if (is(what, "publish")) return publish(p, "puppet.said", data, d->ticket, NULL);
  if (is(what, "log")) {
    hark_str text = {"a line from the puppet", 22};
    p->host->log(p->host, HARK_LOG_WARN, d->ticket, text, NULL, 0);
  }
  return HARK_OK;
}

static void destroy(hark_instance* i) { free(i); }

ZOO_NOTE("zoo.puppet", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.puppet", HARK_CAP_SUBSCRIBER, .create = create, .handle = handle, .destroy = destroy);
ZOO_ENTRY()
