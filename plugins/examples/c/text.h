/* The host's texts are counted, not ended by NUL, and C has little for such: comparing, copying and building them, and
 * saying what went wrong. */
#ifndef TALLY_TEXT_H
#define TALLY_TEXT_H
#include <hark/plugin.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int same(hark_str a, const char* p, size_t n) { return a.n == n && (n == 0 || memcmp(a.p, p, n) == 0); }

static inline hark_str str(const char* text) {
  hark_str s;
  s.p = text;
  s.n = strlen(text);
  return s;
}

static inline char* copy_of(hark_str s) {
  char* copy = (char*)malloc(s.n + 1);
  if (copy == NULL) return NULL;
  if (s.n != 0) memcpy(copy, s.p, s.n);
  copy[s.n] = '\0';
  return copy;
}

#if defined(__GNUC__) /* has the compiler compare format and values */
#define LIKE_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define LIKE_PRINTF
#endif
/* Answers the code, and says why in the caller's memory. */
LIKE_PRINTF static inline hark_result fail(hark_error* err, hark_result code, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int n = vsnprintf(err->msg, sizeof err->msg, format, values);
  va_end(values);
  err->len = n < 0 ? 0 : (uint32_t)((size_t)n < sizeof err->msg ? (size_t)n : sizeof err->msg - 1);
  return code;
}

/* A growing text. After the first lack of memory it takes nothing more, so that only the end has to look. */
struct Text {
  char* p;
  size_t n, room;
  int failed;
};

static inline void append(struct Text* t, const char* p, size_t n) {
  if (!t->failed && t->room - t->n < n) {
    const size_t room = 2 * t->room + n + 256;
    char* larger = (char*)realloc(t->p, room);
    t->failed = larger == NULL;
    if (larger != NULL) t->p = larger, t->room = room;
  }
  if (t->failed) return;
  memcpy(t->p + t->n, p, n);
  t->n += n;
}

static inline void append_number(struct Text* t, uint64_t value) {
  char digits[24];
  append(t, digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value));
}

static inline void append_quoted(struct Text* t, const char* p, size_t n) {
  append(t, "\"", 1);
  for (size_t i = 0; i < n; ++i) {
    char escaped[8];
    if (p[i] == '"' || p[i] == '\\') append(t, "\\", 1);
    if ((unsigned char)p[i] < 0x20)
      append(t, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(unsigned char)p[i]));
    else
      append(t, p + i, 1);
  }
  append(t, "\"", 1);
}
#endif
