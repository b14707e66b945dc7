// hark/cloudevents.hpp - writes a hark_event as one line of CloudEvents 1.0 JSON. Header-only C++17, no dependency.
//
// For log files, dead letters and whatever else keeps events as NDJSON. Format: the CloudEvents JSON Event Format 1.0.2
// (https://github.com/cloudevents/spec, cloudevents/formats/json-format.md; section 3.1 for data).
//
// Threads: pure functions on their arguments. Errors: none but std::bad_alloc from growing `out`; everything is
// appended, so a caller that reuses its string allocates nothing in steady state.
#pragma once

#include <hark/plugin.h>
#include <hark/json_text.hpp>
#include <hark/sdk/line_pen.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hark {

// Appends `e` as one JSON object without any newline in it, and none after it.
//
// - An empty id becomes the uid's text; a time without text is written in UTC from time_ns.
// - Integer and boolean attributes keep their kind, all others are JSON strings.
// - Data of a JSON content type (or of none) is copied verbatim, but for its line breaks: outside of strings they are
//   white space, inside they cannot be, so a blank says the same. Other data is a JSON string when it is valid UTF-8,
//   and data_base64 otherwise or when the event says HARK_E_DATA_BINARY. Empty JSON data is no JSON: data_base64 "".
// - Added: harkuid, harkroot, harkcause (when there is one), harkhops, and correlationid / causationid with the same
// ids
//   as the CloudEvents "correlation" extension names them, traceparent and tracestate when the event is part of a
//   trace.
// - `extra`: string attributes of the caller's own ("harkreason"), after all others.
//
// Who wins when an event came in with attributes of these names (a log that is read again): the hark... ones, the trace
// context and `extra` are ours, the event's are left out, for they speak of an earlier host. A correlationid or
// causationid of the event's own stands, and ours is left out: it was there before Hark, and harkroot has ours anyway.
// A partition key that is not UTF-8 (only a plugin can make one) is written as its base64 text.
//
// Trusts the host for what it enforces where an event enters: attribute names, canonical integers, JSON that is valid.
inline void append_cloudevent(std::string& out, const hark_event& e, const hark_kv* extra = nullptr,
                              std::size_t n_extra = 0);

// Appends the event's data alone as one JSON value without any newline in it: what append_cloudevent() writes as `data`
// or, as a string, as `data_base64`; null when there are none.
inline void append_data_value(std::string& out, const hark_event& e);

// Appends 36 characters: the canonical text of a UUID (RFC 9562 section 4).
inline void append_uuid(std::string& out, const std::uint8_t (&uuid)[16]);

// Appends RFC 3339 in UTC with as many fraction digits as the value needs (none, 3, 6 or 9).
inline void append_rfc3339(std::string& out, std::int64_t unix_ns);

// Whether data of this content type is a JSON text: none given, */json or */*+json, parameters aside
// (json-format 3.1.1).
inline bool is_json_content_type(std::string_view content_type);

namespace cloudevents_detail {

inline std::string_view text_of(hark_str s) { return s.n == 0 ? std::string_view{} : std::string_view(s.p, s.n); }
inline std::string_view text_of(hark_bytes b) {
  return b.n == 0 ? std::string_view{} : std::string_view(static_cast<const char*>(b.p), b.n);
}

template <std::size_t N>
bool is_zero(const std::uint8_t (&id)[N]) {
  static constexpr std::uint8_t zero[N] = {};
  return std::memcmp(id, zero, N) == 0;
}

inline void put_member(Pen& pen, std::string_view quoted_name, std::string_view value) {
  if (value.empty()) return;
  pen.put(quoted_name);
  pen.put_quoted(value);
}

// The same id stands in a line up to four times: it is written out once.
struct IdText {
  char text[36];
  explicit IdText(const std::uint8_t (&id)[16]) { put_uuid(text, id); }
};

// `opening` is `,"name":"`, at most 24 characters.
inline void put_id(Pen& pen, std::string_view opening, const IdText& id) {
  char* p = pen.room(opening.size() + sizeof id.text + 1);
  std::memcpy(p, opening.data(), opening.size());
  p += opening.size();
  std::memcpy(p, id.text, sizeof id.text);
  p += sizeof id.text;
  *p++ = '"';
  pen.wrote(p);
}

inline bool has_trace(const hark_event& e) { return !is_zero(e.trace_id) && !is_zero(e.span_id); }

// What append_cloudevent() writes itself under this name, instead of the event's own attribute.
inline bool is_ours(std::string_view name, const hark_event& e, const hark_kv* extra, std::size_t n_extra) {
  if (name == "harkuid" || name == "harkroot" || name == "harkcause" || name == "harkhops") return true;
  if (name == "partitionkey") return e.key.n != 0;
  if (name == "traceparent" || name == "tracestate") return has_trace(e);
  for (std::size_t i = 0; i < n_extra; ++i) {
    if (text_of(extra[i].k) == name) return true;
  }
  return false;
}

inline void put_name(Pen& pen, std::string_view name) {
  pen.put(",\"");
  pen.put(name);
  pen.put("\":");
}

inline void put_attribute(Pen& pen, const hark_attr& a) {
  put_name(pen, text_of(a.k));
  if (a.kind == HARK_ATTR_INTEGER || a.kind == HARK_ATTR_BOOLEAN) {
    pen.put(text_of(a.v));
  } else {
    pen.put_quoted(text_of(a.v));
  }
}

// Valid JSON has line breaks only as white space.
inline void append_json_on_one_line(std::string& out, std::string_view json) {
  const std::size_t begin = out.size();
  out.append(json);
  for (const char line_break : {'\n', '\r'}) {
    char* p = &out[begin];
    char* const end = p + json.size();
    while ((p = static_cast<char*>(std::memchr(p, line_break, static_cast<std::size_t>(end - p)))) != nullptr) {
      *p++ = ' ';
    }
  }
}

enum class DataForm { absent, base64, json, text };

inline DataForm form_of_data(const hark_event& e) {
  if (e.data.p == nullptr) return DataForm::absent;
  if ((e.flags & HARK_E_DATA_BINARY) != 0) return DataForm::base64;
  const std::string_view data = text_of(e.data);
  if (is_json_content_type(text_of(e.content_type))) return data.empty() ? DataForm::base64 : DataForm::json;
  return is_utf8(data) ? DataForm::text : DataForm::base64;
}

inline void append_data(std::string& out, const hark_event& e) {
  const DataForm form = form_of_data(e);
  if (form == DataForm::absent) return;
  out.append(form == DataForm::base64 ? ",\"data_base64\":" : ",\"data\":");
  append_data_value(out, e);
}

// W3C Trace Context, section 3.2: version 00.
inline void put_trace(Pen& pen, const hark_event& e) {
  pen.put(",\"traceparent\":");
  char* p = pen.room(57);
  *p++ = '"';
  p = put_hex(p, 0);
  *p++ = '-';
  for (const std::uint8_t byte : e.trace_id) p = put_hex(p, byte);
  *p++ = '-';
  for (const std::uint8_t byte : e.span_id) p = put_hex(p, byte);
  *p++ = '-';
  p = put_hex(p, e.trace_flags & 0xFFu);
  *p++ = '"';
  pen.wrote(p);
  put_member(pen, ",\"tracestate\":", text_of(e.tracestate));
}

struct Correlation {
  bool own_correlation = false;  // the event brought a correlationid
  bool own_causation = false;
};

inline void put_origin(Pen& pen, const hark_event& e, const IdText& uid, Correlation given) {
  const bool is_root = std::memcmp(e.root, e.uid, sizeof e.root) == 0;
  const bool has_root = !is_zero(e.root), has_cause = !is_zero(e.cause);
  const IdText root = is_root ? uid : IdText(e.root);
  const IdText cause = has_cause ? IdText(e.cause) : uid;
  if (!is_zero(e.uid)) put_id(pen, ",\"harkuid\":\"", uid);
  if (has_root) put_id(pen, ",\"harkroot\":\"", root);
  if (has_cause) put_id(pen, ",\"harkcause\":\"", cause);
  char hops[5];
  char* first = hops + sizeof hops;
  unsigned left = e.hops;
  do {
    *--first = static_cast<char>('0' + left % 10);
  } while ((left /= 10) != 0);
  pen.put(",\"harkhops\":");
  pen.put(std::string_view(first, static_cast<std::size_t>(hops + sizeof hops - first)));
  if (!given.own_correlation && has_root) put_id(pen, ",\"correlationid\":\"", root);
  if (!given.own_causation && has_cause) put_id(pen, ",\"causationid\":\"", cause);
  if (has_trace(e)) put_trace(pen, e);
}

inline char* put_rfc3339(char* p, std::int64_t unix_ns);

inline void put_core_attributes(Pen& pen, const hark_event& e, const IdText& uid) {
  pen.put("{\"specversion\":\"1.0\"");
  if (e.id.n == 0) {
    put_id(pen, ",\"id\":\"", uid);
  } else {
    put_member(pen, ",\"id\":", text_of(e.id));
  }
  put_member(pen, ",\"source\":", text_of(e.source));
  put_member(pen, ",\"type\":", text_of(e.type));
  put_member(pen, ",\"subject\":", text_of(e.subject));
  if (e.time_text.n != 0) {
    put_member(pen, ",\"time\":", text_of(e.time_text));
  } else if (e.time_ns != HARK_TIME_ABSENT) {
    pen.put(",\"time\":\"");
    pen.wrote(put_rfc3339(pen.room(32), e.time_ns));
    pen.put('"');
  }
  put_member(pen, ",\"datacontenttype\":", text_of(e.content_type));
  put_member(pen, ",\"dataschema\":", text_of(e.schema));
  if (e.key.n != 0 && is_utf8(text_of(e.key))) {
    put_member(pen, ",\"partitionkey\":", text_of(e.key));
  } else if (e.key.n != 0) {
    pen.put(",\"partitionkey\":\"");
    append_base64(pen.string(), e.key.p, e.key.n);
    pen.put('"');
  }
}

// At most 30 characters.
inline char* put_rfc3339(char* p, std::int64_t unix_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t day = 86'400;
  std::int64_t seconds = unix_ns / second;
  auto ns = static_cast<std::int32_t>(unix_ns % second);
  if (ns < 0) ns += static_cast<std::int32_t>(second), --seconds;
  std::int64_t days = seconds / day;
  std::int64_t of_day = seconds % day;
  if (of_day < 0) of_day += day, --days;
  // The civil date from a day count, in years that begin in March (Howard Hinnant, "chrono-Compatible Low-Level Date
  // Algorithms", civil_from_days). An int64 of nanoseconds reaches from 1677 to 2262: no negative era.
  const auto shifted = static_cast<std::uint32_t>(days + 719'468);
  const std::uint32_t era = shifted / 146'097;
  const std::uint32_t of_era = shifted % 146'097;
  const std::uint32_t year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t march_month = (5 * of_year + 2) / 153;
  const std::uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const std::uint32_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

  p = put_decimal(p, year, 4);
  *p++ = '-';
  p = put_decimal(p, month, 2);
  *p++ = '-';
  p = put_decimal(p, of_year - (153 * march_month + 2) / 5 + 1, 2);
  *p++ = 'T';
  const auto clock = static_cast<std::uint32_t>(of_day);
  p = put_decimal(p, clock / 3600, 2);
  *p++ = ':';
  p = put_decimal(p, clock / 60 % 60, 2);
  *p++ = ':';
  p = put_decimal(p, clock % 60, 2);
  if (ns != 0) {
    *p++ = '.';
    const auto fraction = static_cast<std::uint32_t>(ns);
    if (fraction % 1'000'000 == 0) {
      p = put_decimal(p, fraction / 1'000'000, 3);
    } else if (fraction % 1000 == 0) {
      p = put_decimal(p, fraction / 1000, 6);
    } else {
      p = put_decimal(p, fraction, 9);
    }
  }
  *p++ = 'Z';
  return p;
}

}  // namespace cloudevents_detail

inline bool is_json_content_type(std::string_view content_type) {
  if (content_type.empty() || content_type == "application/json") return true;
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
    content_type.remove_suffix(1);
  }
  const auto ends_with = [content_type](std::string_view lower) {
    if (content_type.size() < lower.size()) return false;
    const std::string_view tail = content_type.substr(content_type.size() - lower.size());
    for (std::size_t i = 0; i < tail.size(); ++i) {
      const char c = tail[i] >= 'A' && tail[i] <= 'Z' ? static_cast<char>(tail[i] + ('a' - 'A')) : tail[i];
      if (c != lower[i]) return false;
    }
    return true;
  };
  return ends_with("/json") || (ends_with("+json") && content_type.find('/') != std::string_view::npos);
}

inline void append_data_value(std::string& out, const hark_event& e) {
  using namespace cloudevents_detail;
  const std::string_view data = text_of(e.data);
  switch (form_of_data(e)) {
    case DataForm::absent: out.append("null"); break;
    case DataForm::json: append_json_on_one_line(out, data); break;
    case DataForm::text: append_json_string(out, data); break;
    case DataForm::base64:
      out.push_back('"');
      append_base64(out, e.data.p, e.data.n);
      out.push_back('"');
      break;
  }
}

inline void append_uuid(std::string& out, const std::uint8_t (&uuid)[16]) {
  const cloudevents_detail::IdText id(uuid);
  out.append(id.text, sizeof id.text);
}

inline void append_rfc3339(std::string& out, std::int64_t unix_ns) {
  char text[32];
  out.append(text, static_cast<std::size_t>(cloudevents_detail::put_rfc3339(text, unix_ns) - text));
}

inline void append_cloudevent(std::string& out, const hark_event& e, const hark_kv* extra, std::size_t n_extra) {
  using namespace cloudevents_detail;
  Pen pen(out);
  const IdText uid(e.uid);
  put_core_attributes(pen, e, uid);
  Correlation given;
  for (std::uint32_t i = 0; i < e.n_attributes; ++i) {
    const hark_attr& attribute = e.attributes[i];
    const std::string_view name = text_of(attribute.k);
    if (is_ours(name, e, extra, n_extra)) continue;
    given.own_correlation |= name == "correlationid";
    given.own_causation |= name == "causationid";
    put_attribute(pen, attribute);
  }
  put_origin(pen, e, uid, given);
  for (std::size_t i = 0; i < n_extra; ++i) {
    put_name(pen, text_of(extra[i].k));
    pen.put_quoted(text_of(extra[i].v));
  }
  append_data(pen.string(), e);
  out.push_back('}');
}

}  // namespace hark
