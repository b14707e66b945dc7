/* What the plugins of the zoo share: tables without the SDK, and a crude reader of flat JSON (no escapes). */
#ifndef ZOO_H
#define ZOO_H
#include <hark/plugin.h>
#include <stdlib.h>
#include <string.h>

/* The text behind "key": in json, or an empty one. */
static inline hark_str zoo_value(hark_str json, const char* key) {
  hark_str none = {NULL, 0};
  size_t n = strlen(key);
  for (size_t i = 0; i + n + 3 <= json.n; ++i) {
    if (json.p[i] != '"' || memcmp(json.p + i + 1, key, n) != 0 || json.p[i + n + 1] != '"') continue;
    size_t at = i + n + 2;
    while (at < json.n && (json.p[at] == ' ' || json.p[at] == ':')) ++at;
    hark_str rest = {json.p + at, json.n - at};
    return rest;
  }
  return none;
}
static inline long long zoo_number(hark_str json, const char* key, long long otherwise) {
  hark_str v = zoo_value(json, key);
  char text[24];
  if (v.n == 0) return otherwise;
  size_t n = v.n < sizeof text - 1 ? v.n : sizeof text - 1;
  memcpy(text, v.p, n);
  text[n] = '\0';
  return strtoll(text, NULL, 10);
}
static inline hark_str zoo_text(hark_str json, const char* key) {
  hark_str v = zoo_value(json, key);
  hark_str none = {NULL, 0};
  if (v.n == 0 || v.p[0] != '"') return none;
  for (size_t i = 1; i < v.n; ++i) {
    hark_str text = {v.p + 1, i - 1};
    if (v.p[i] == '"') return text;
  }
  return none;
}
static inline hark_str zoo_data(const hark_delivery* d) {
  hark_str text = {(const char*)d->event->data.p, d->event->data.n};
  return text;
}

static inline void zoo_say(hark_error* err, const char* text) {
  err->len = (uint32_t)strlen(text);
  memcpy(err->msg, text, err->len);
}

/* An instance that holds nothing but its host. */
static inline hark_result zoo_create(const hark_host* host, const hark_create_info* info, hark_instance** out,
                                     hark_error* err) {
  (void)info;
  (void)err;
  const hark_host** self = (const hark_host**)malloc(sizeof *self);
  if (self == NULL) return HARK_NOMEM;
  *self = host;
  *out = (hark_instance*)self;
  return HARK_OK;
}
static inline void zoo_destroy(hark_instance* i) { free(i); }

/* ZOO_TABLE(id, caps, .create = ..., .handle = ...): the tables. ZOO_ENTRY: gives them out. */
#define ZOO_TABLE(id_, caps_, ...)                                    \
  static const hark_plugin zoo_plugin = {.size = sizeof(hark_plugin), \
                                         .caps = (caps_),             \
                                         .max_in_flight = 1,          \
                                         .id = id_,                   \
                                         .name = id_,                 \
                                         .version = "1.0.0",          \
                                         __VA_ARGS__};                \
  static const hark_module zoo_module = {sizeof(hark_module), HARK_ABI_MAJOR, HARK_ABI_MINOR, 0, 0, 0, &zoo_plugin}
#define ZOO_ENTRY()                                                                                    \
  HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) { \
    (void)loader;                                                                                      \
    (void)err;                                                                                         \
    return &zoo_module;                                                                                \
  }
#define ZOO_NOTE(id_, flags_, caps_) HARK_DECLARE_NOTE(id_, "1.0.0", 0, flags_, caps_)
#endif
