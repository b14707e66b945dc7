/* Answers each event with what it can reach of the newest minor. Every table and message that it gives to the host ends
 * where its memory ends: a host that reads further than the plugin's minor goes is killed. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reach.h"

#define ID "test.matrix-c"
#define TEXT(s) ((hark_str){(s), sizeof(s) - 1})

/* A copy of what, with nothing behind it: the page after it is not there. */
static void* at_the_edge(const void* what, size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char* two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (two == MAP_FAILED || size > page || mprotect(two + page, page, PROT_NONE) != 0) abort();
  return memcpy(two + page - size, what, size);
}

struct hark_instance {
  const hark_host* host;
  int created_with;
};

static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
  (void)err;
  hark_instance* self = malloc(sizeof *self);
  if (self == NULL) return HARK_NOMEM;
  *self = (hark_instance){host, REACH(info, hark_create_info)};
  *out = self;
  return HARK_OK;
}

static hark_result handle(hark_instance* self, const hark_delivery* d, hark_error* err) {
  (void)err;
  char text[256];
  const hark_ext_metrics* metrics = self->host->extension(self->host, "hark.metrics/1");
  /* All of the host's structs have grown, or none has. */
  const int reached = REACH(self->host, hark_host);
  if (self->created_with != reached || metrics == NULL || REACH(metrics, hark_ext_metrics) != reached)
    return HARK_REJECT;
  const int n = snprintf(text, sizeof text, REACH_FORMAT, (int)self->host->abi_minor, reached, REACH(d, hark_delivery),
                         REACH(d->event, hark_event));
  const hark_message m = {
      .size = sizeof m, .time_ns = HARK_TIME_ABSENT, .type = TEXT("reached"), .data = {text, (size_t)n}};
  return self->host->publish(self->host, at_the_edge(&m, sizeof m), NULL);
}

static void destroy(hark_instance* self) { free(self); }

static const void* extension(const hark_plugin* plugin, const char* id) {
  (void)plugin;
  if (strcmp(id, "hark.events/1") != 0) return NULL;
  static const hark_event_type* items[1];
  const hark_event_type reached = {sizeof(hark_event_type), HARK_EVENT_PUBLISHED, "reached", "{\"type\":\"object\"}"};
  items[0] = at_the_edge(&reached, sizeof reached);
  const hark_ext_events events = {sizeof(hark_ext_events), 1, items};
  return at_the_edge(&events, sizeof events);
}

HARK_DECLARE_NOTE(ID, "1.0.0", MIN_HOST_MINOR, HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)err;
  static const char* const publishes[] = {"reached", NULL};
  const hark_plugin plugin = {.size = sizeof(hark_plugin),
                              .caps = HARK_CAP_SUBSCRIBER,
                              .id = ID,
                              .name = ID,
                              .version = "1.0.0",
                              .publishes = publishes,
                              .create = create,
                              .handle = handle,
                              .destroy = destroy,
                              .extension = extension};
  if (REACH(loader, hark_loader) > 0 && loader->host_abi_minor < NEXT_MINOR) return NULL;
  const hark_module module = {
      sizeof(hark_module), HARK_ABI_MAJOR, HARK_ABI_MINOR, MIN_HOST_MINOR, 0, 0, at_the_edge(&plugin, sizeof plugin)};
  return at_the_edge(&module, sizeof module);
}
