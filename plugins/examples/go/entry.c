/* The tables and the note, which have to be there before any Go runs, and the way across in both directions. */
#include "entry.h"

#include <string.h>

#include "_cgo_export.h" /* the functions that hark.go exports */

#define ID "com.example.tally-go"
#define VERSION "1.0.0"
/* NEEDS_PROC: Go's runtime takes signals over, starts threads and can never be unloaded, which is not for the process
 * of others. The host sees it by itself too, and says the same. */
#define CAPS (HARK_CAP_SUBSCRIBER | HARK_CAP_NEEDS_PROC)

static hark_str str(const char* p, size_t n) {
  hark_str s;
  s.p = p;
  s.n = n;
  return s;
}

hark_result tally_publish(const hark_host* host, uint64_t cause, const char* type, size_t type_n, const char* data,
                          size_t data_n) {
  hark_message m;
  memset(&m, 0, sizeof m); /* all that is not set is absent */
  m.size = sizeof m;
  m.cause = cause; /* the event being handled led to this one: the host keeps the chain */
  m.time_ns = HARK_TIME_ABSENT;
  m.type = str(type, type_n);
  m.data.p = data;
  m.data.n = data_n;
  return host->publish(host, &m, NULL);
}

void tally_log(const hark_host* host, uint64_t ticket, const char* text, size_t text_n, const char* key, size_t key_n,
               const char* value, size_t value_n) {
  hark_kv field;
  field.k = str(key, key_n);
  field.v = str(value, value_n);
  host->log(host, HARK_LOG_INFO, ticket, str(text, text_n), &field, 1);
}

/* Go knows no const, and holds instances by number. */
static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
  uintptr_t made = 0;
  const hark_result r = tallyCreate((hark_host*)host, (hark_create_info*)info, &made, err);
  if (r == HARK_OK) *out = (hark_instance*)made;
  return r;
}
static hark_result handle(hark_instance* self, const hark_delivery* d, hark_error* err) {
  return tallyHandle((uintptr_t)self, (hark_delivery*)d, err);
}
static void destroy(hark_instance* self) { tallyDestroy((uintptr_t)self); }

static const char schema[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"every\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000, \"default\": 10,"
    " \"description\": \"publish a tally after so many events\"},"
    "\"fail_on\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 128,"
    " \"description\": \"dereference nil at events of this type, to see what that costs\"}}}";
static const char* const publishes[] = {"tally", NULL};

static const hark_plugin plugin = {
    .size = sizeof(hark_plugin),
    .caps = CAPS,
    .threads = HARK_THREADS_SERIAL,
    .id = ID,
    .name = "tally in Go",
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

/* FENCED: each function that hark.go exports recovers from panics. */
HARK_DECLARE_NOTE(ID, VERSION, 0, HARK_NOTE_FENCED, CAPS);

/* Here and not in Go, whose //export would declare it without the const of plugin.h. */
HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) {
  (void)loader;
  (void)err;
  return &module;
}
