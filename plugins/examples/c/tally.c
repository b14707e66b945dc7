/* tally, in C99 with hark/plugin.h and nothing else: counts the events that it hears by their type, and publishes a
 * `tally` of them after every so many. The same plugin as ../rust and ../go. To make yours of it, copy this file and
 * text.h, and change id, schema, struct and handle().
 *
 * Texts of the host are length-counted and end with their call: never strlen() one, never keep its pointer. */
#include <hark/plugin.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define ID "com.example.tally-c"
#define VERSION "1.0.0"
#define CAPS HARK_CAP_SUBSCRIBER
#define MAX_TYPES 64u /* what a stranger may publish must not decide how much memory we take */

struct Count {
  char* type;
  size_t n;
  uint64_t events;
};

/* One for each [subscribers.NAME]. plugin.h leaves this struct to the plugin, so that no casts are needed. */
struct hark_instance { /* NOLINT(readability-identifier-naming): the name is plugin.h's */
  const hark_host* host;
  uint64_t every, total, others; /* others: of further types than MAX_TYPES */
  char* fail_on;
  size_t fail_on_n;
  struct Count counts[MAX_TYPES];
  size_t n_counts;
};

/* ---- options: the host has checked them by this schema before create() ---------------------------------------- */
static const char schema[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"every\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000, \"default\": 10,"
    " \"description\": \"publish a tally after so many events\"},"
    "\"fail_on\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 128,"
    " \"description\": \"fail on events of this type, to see what a failure costs\"}}}";

/* The value of a key, from its first character on. Enough for one flat object of the host's own making, whose keys are
 * those above and whose texts have no escapes; for more take a JSON library. */
static hark_str value_of(hark_str json, const char* key) {
  const size_t n = strlen(key);
  hark_str value = {NULL, 0};
  for (size_t i = 0; i + n + 2 < json.n; ++i) {
    if (json.p[i] != '"' || memcmp(json.p + i + 1, key, n) != 0 || json.p[i + 1 + n] != '"') continue;
    size_t at = i + n + 2;
    while (at < json.n && json.p[at] == ' ') ++at;
    if (at >= json.n || json.p[at] != ':') continue; /* a value that reads like a key */
    for (++at; at < json.n && json.p[at] == ' ';) ++at;
    value.p = json.p + at;
    value.n = json.n - at;
    break;
  }
  return value;
}

static hark_result read_options(hark_instance* self, hark_str json, hark_error* err) {
  if (json.n != 0 && memchr(json.p, '\\', json.n) != NULL)
    return fail(err, HARK_INVALID, "options: an escape (\\) is more than this example can read");
  const hark_str every = value_of(json, "every");
  self->every = every.n == 0 ? 10 : 0;
  for (size_t i = 0; i < every.n && every.p[i] >= '0' && every.p[i] <= '9'; ++i)
    self->every = 10 * self->every + (uint64_t)(every.p[i] - '0');
  if (self->every == 0) return fail(err, HARK_INVALID, "option every: expected a number from 1");
  hark_str type = value_of(json, "fail_on");
  if (type.n == 0) return HARK_OK;
  ++type.p; /* the quote */
  const char* end = (const char*)memchr(type.p, '"', type.n - 1);
  if (end == NULL) return fail(err, HARK_INVALID, "option fail_on: expected a text");
  type.n = (size_t)(end - type.p);
  self->fail_on = copy_of(type);
  self->fail_on_n = type.n;
  return self->fail_on != NULL ? HARK_OK : HARK_NOMEM;
}

/* ---- the work: [dispatch], and as the table says HARK_THREADS_SERIAL, one call at a time: no lock --------------- */
static uint64_t* count_of(hark_instance* self, hark_str type) {
  for (size_t i = 0; i < self->n_counts; ++i) {
    if (same(type, self->counts[i].type, self->counts[i].n)) return &self->counts[i].events;
  }
  char* copy = self->n_counts < MAX_TYPES ? copy_of(type) : NULL;
  if (copy == NULL) return &self->others;
  struct Count* added = &self->counts[self->n_counts++];
  added->type = copy;
  added->n = type.n;
  added->events = 0;
  return &added->events;
}

/* {"total":3,"types":{"a":2,"b":1},"others":0} */
static struct Text summary(const hark_instance* self) {
  struct Text t = {NULL, 0, 0, 0};
  append(&t, "{\"total\":", 9);
  append_number(&t, self->total);
  append(&t, ",\"types\":{", 10);
  for (size_t i = 0; i < self->n_counts; ++i) {
    if (i != 0) append(&t, ",", 1);
    append_quoted(&t, self->counts[i].type, self->counts[i].n);
    append(&t, ":", 1);
    append_number(&t, self->counts[i].events);
  }
  append(&t, "},\"others\":", 11);
  append_number(&t, self->others);
  append(&t, "}", 1);
  return t;
}

static hark_result publish_summary(hark_instance* self, const hark_delivery* d, hark_error* err) {
  struct Text data = summary(self);
  if (data.failed) {
    free(data.p);
    return fail(err, HARK_RETRY, "out of memory");
  }
  hark_message m;
  memset(&m, 0, sizeof m); /* all that is not set is absent */
  m.size = sizeof m;
  m.cause = d->ticket; /* the event being handled led to this one: the host keeps the chain */
  m.time_ns = HARK_TIME_ABSENT;
  m.type = str("tally");
  m.data.p = data.p;
  m.data.n = data.n;
  const hark_result r = self->host->publish(self->host, &m, NULL); /* copies; never blocks */
  if (r == HARK_OK) {
    const hark_kv field = {{"tally", 5}, {data.p, data.n}};
    self->host->log(self->host, HARK_LOG_INFO, d->ticket, str("tally published"), &field, 1);
  }
  free(data.p);
  switch (r) { /* not every code that publish() gives is an answer of handle() */
    case HARK_OK: return HARK_OK;
    case HARK_AGAIN:
    case HARK_CLOSING: return fail(err, HARK_AGAIN, "publish: no room now");
    case HARK_NOMEM: return fail(err, HARK_RETRY, "publish: out of memory");
    default: return fail(err, HARK_REJECT, "publish: code %d", (int)r);
  }
}

static hark_result handle(hark_instance* self, const hark_delivery* d, hark_error* err) {
  const hark_str type = d->event->type;
  if (same(type, "tally", 5)) return HARK_SKIP; /* our own, or another tally's: it would go on for ever */
  if (self->fail_on_n != 0 && same(type, self->fail_on, self->fail_on_n))
    return fail(err, HARK_REJECT, "told to fail on `%s`", self->fail_on); /* REJECT: no other attempt would help */
  uint64_t* count = count_of(self, type);
  ++*count;
  ++self->total;
  const hark_result r = self->total % self->every == 0 ? publish_summary(self, d, err) : HARK_OK;
  if (r != HARK_OK) { /* a failed event comes again, or becomes a dead letter: it is not counted before it is done */
    --*count;
    --self->total;
  }
  return r;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */
static void destroy(hark_instance* self) {
  for (size_t i = 0; i < self->n_counts; ++i) free(self->counts[i].type);
  free(self->fail_on);
  free(self);
}

static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
  hark_instance* self = (hark_instance*)calloc(1, sizeof *self);
  if (self == NULL) return HARK_NOMEM;
  self->host = host;
  const hark_result r = read_options(self, info->options, err);
  if (r != HARK_OK) {
    destroy(self); /* the host destroys only what create() gave it */
    return r;
  }
  *out = self;
  return HARK_OK;
}

/* ---- what the host reads ---------------------------------------------------------------------------------------- */
static const char* const publishes[] = {"tally", NULL};

static const hark_plugin plugin = {
    .size = sizeof(hark_plugin),
    .caps = CAPS,
    .threads = HARK_THREADS_SERIAL,
    .id = ID,
    .name = "tally in C",
    .version = VERSION,
    .vendor = "Hark examples",
    .license = "Apache-2.0",
    .config_schema = schema,
    .publishes = publishes,
    .create = create,
    .handle = handle,
    .destroy = destroy,
};
static const hark_module module = {sizeof(hark_module), HARK_ABI_MAJOR, HARK_ABI_MINOR, 0, 0, 0, &plugin};

/* Read from the file before any of this code runs. FENCED: nothing can unwind out of C. A stray pointer is another
 * matter: in-process it ends the host, see docs/isolation.md. */
HARK_DECLARE_NOTE(ID, VERSION, 0, HARK_NOTE_FENCED, CAPS);

HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)loader;
  (void)err;
  return &module;
}
