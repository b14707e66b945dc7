#include "core/record.h"

#include <cstring>

#include "core/text.h"

namespace hark::core {
namespace {

enum Field : std::uint16_t {
  type_text = 1u << 0,
  chain = 1u << 1,  // cause, root
  time = 1u << 2,
  trace = 1u << 3,
  source = 1u << 4,
  id = 1u << 5,
  subject = 1u << 6,
  content_type = 1u << 7,
  schema = 1u << 8,
  time_text = 1u << 9,
  tracestate = 1u << 10,
  key = 1u << 11,
  data = 1u << 12,
};

struct Trace {
  std::uint8_t id[16], span[8];
  std::uint16_t flags;
};

bool has_trace(const hark_event& e) {
  static constexpr std::uint8_t none[16] = {};
  return std::memcmp(e.trace_id, none, 16) != 0;
}

// The texts of an event in the order in which they are stored.
template <class Visit>
void each_text(const hark_event& e, bool with_type, Visit visit) {
  if (with_type) visit(type_text, e.type);
  visit(source, e.source);
  visit(id, e.id);
  visit(subject, e.subject);
  visit(content_type, e.content_type);
  visit(schema, e.schema);
  visit(time_text, e.time_text);
  visit(tracestate, e.tracestate);
  visit(key, hark_str{static_cast<const char*>(e.key.p), e.key.n});
}

class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  void raw(const void* p, std::size_t n) {
    // A length without memory behind it is refused where an event enters.
    if (n != 0) std::memcpy(at_, p, n);  // NOLINT(clang-analyzer-core.NonNullParamChecker)
    at_ += n;
  }
  template <class T>
  void value(const T& v) {
    raw(&v, sizeof v);
  }
  void text(hark_str s) {
    value(static_cast<std::uint32_t>(s.n));
    raw(s.p, s.n);
  }

 private:
  char* at_;
};

class Reader {
 public:
  explicit Reader(const char* at) : at_(at) {}
  template <class T>
  T value() {
    T v;
    std::memcpy(&v, at_, sizeof v);
    at_ += sizeof v;
    return v;
  }
  hark_str text() {
    const auto n = value<std::uint32_t>();
    const hark_str s{at_, n};
    at_ += n;
    return s;
  }
  const char* at() const { return at_; }

 private:
  const char* at_;
};

}  // namespace

std::size_t record_size(const hark_event& e, const Stamp& stamp) {
  std::size_t n = sizeof(Record) + e.data.n + data_slack;
  if (stamp.hops != 0) n += 32;
  if (stamp.time_ns != HARK_TIME_ABSENT) n += 8;
  if (has_trace(e)) n += sizeof(Trace);
  each_text(e, stamp.type == nullptr, [&](Field, hark_str s) {
    if (s.n != 0) n += 4 + s.n;
  });
  for (const hark_attr& a : std::span(e.attributes, e.n_attributes)) n += 12 + a.k.n + a.v.n;
  return (n + 15) & ~std::size_t{15};
}

Record* write_record(void* memory, std::size_t size, const hark_event& e, const Stamp& stamp) {
  auto* r = new (memory) Record{};
  r->total = static_cast<std::uint32_t>(size);
  r->uid = stamp.uid;
  r->type = stamp.type;
  r->recv_ns = stamp.recv_ns;
  r->data_size = static_cast<std::uint32_t>(e.data.n);
  r->n_attributes = static_cast<std::uint16_t>(e.n_attributes);
  r->hops = stamp.hops;
  r->flags = static_cast<std::uint16_t>(e.flags);
  r->tell = stamp.tell;
  unsigned fields = e.data.p != nullptr ? unsigned{data} : 0u;
  Writer w(reinterpret_cast<char*>(r + 1));
  if (stamp.hops != 0) {
    fields |= chain;
    w.value(stamp.cause);
    w.value(stamp.root);
  }
  if (stamp.time_ns != HARK_TIME_ABSENT) {
    fields |= time;
    w.value(stamp.time_ns);
  }
  if (has_trace(e)) {
    fields |= trace;
    Trace t{};
    std::memcpy(t.id, e.trace_id, 16);
    std::memcpy(t.span, e.span_id, 8);
    t.flags = e.trace_flags;
    w.value(t);
  }
  each_text(e, stamp.type == nullptr, [&](Field f, hark_str s) {
    if (s.n == 0) return;
    fields |= f;
    w.text(s);
  });
  for (const hark_attr& a : std::span(e.attributes, e.n_attributes)) {
    w.value(a.kind);
    w.text(a.k);
    w.text(a.v);
  }
  w.raw(e.data.p, e.data.n);
  r->fields = static_cast<std::uint16_t>(fields);
  return r;
}

bool is_whole(const Record& r, std::size_t size) {
  if (size < sizeof(Record)) return false;
  const char* at = reinterpret_cast<const char*>(&r + 1);
  std::size_t left = size - sizeof(Record);
  bool whole = true;
  const auto skip = [&](std::size_t n) {
    whole = whole && n <= left;
    if (!whole) return;
    at += n;
    left -= n;
  };
  const auto skip_text = [&] {
    std::uint32_t n = 0;
    if (whole && left >= sizeof n) std::memcpy(&n, at, sizeof n);
    skip(sizeof n);
    skip(n);
  };
  if ((r.fields & chain) != 0) skip(32);
  if ((r.fields & time) != 0) skip(8);
  if ((r.fields & trace) != 0) skip(sizeof(Trace));
  if (r.type != nullptr) return false;  // an address means nothing elsewhere
  skip_text();
  for (const Field f : {source, id, subject, content_type, schema, time_text, tracestate, key}) {
    if ((r.fields & f) != 0) skip_text();
  }
  for (std::uint16_t i = 0; i < r.n_attributes && whole; ++i) {
    skip(4);
    skip_text();
    skip_text();
  }
  if ((r.fields & data) != 0) skip(r.data_size);
  return whole;
}

Stamp stamp_of(const Record& r, const hark_event& e) {
  return {r.uid, Uid::from(e.cause), Uid::from(e.root), e.recv_ns, e.time_ns, e.hops, r.type, r.tell};
}

const hark_event& Expanded::expand(const Record& r) {
  hark_event& e = event_;  // size, seq, schema_id: as they were made
  e.flags = r.flags;
  e.recv_ns = r.recv_ns;
  e.hops = r.hops;
  r.uid.store(e.uid);
  Reader in(reinterpret_cast<const char*>(&r + 1));
  const auto has = [&](Field f) { return (r.fields & f) != 0; };
  if (has(chain)) {
    in.value<Uid>().store(e.cause);
    in.value<Uid>().store(e.root);
  } else {
    Uid{}.store(e.cause);
    r.uid.store(e.root);
  }
  e.time_ns = has(time) ? in.value<std::int64_t>() : HARK_TIME_ABSENT;
  if (has(trace)) {
    const auto t = in.value<Trace>();
    std::memcpy(e.trace_id, t.id, 16);
    std::memcpy(e.span_id, t.span, 8);
    e.trace_flags = t.flags;
  } else {
    Uid{}.store(e.trace_id);
    std::memset(e.span_id, 0, sizeof e.span_id);
    e.trace_flags = 0;
  }
  const auto text_of = [&](Field f) { return has(f) ? in.text() : hark_str{}; };
  e.type = r.type != nullptr ? str(r.type->text) : in.text();
  e.type_id = r.type != nullptr ? r.type->id : 0;
  e.source = text_of(source);
  e.id = text_of(id);
  e.subject = text_of(subject);
  e.content_type = text_of(content_type);
  e.schema = text_of(schema);
  e.time_text = text_of(time_text);
  e.tracestate = text_of(tracestate);
  const hark_str k = text_of(key);
  e.key = {k.p, k.n};
  attributes_.clear();
  for (std::uint16_t i = 0; i < r.n_attributes; ++i) {
    const auto kind = in.value<std::uint32_t>();
    const hark_str name = in.text(), value = in.text();
    attributes_.push_back({name, value, kind, 0});
  }
  e.attributes = attributes_.data();
  e.n_attributes = r.n_attributes;
  e.data = has(data) ? hark_bytes{in.at(), r.data_size} : hark_bytes{};
  return e;
}

hark_event view_message(const hark_message& m, hark_str source_default, const Stamp& stamp) {
  hark_event e;  // each field is written once: most are zero, and this is on the path of every publish
  e.size = sizeof e;
  e.flags = (m.flags & HARK_M_DATA_BINARY) != 0 ? HARK_E_DATA_BINARY : 0u;
  e.seq = 0;
  e.time_ns = stamp.time_ns;
  e.recv_ns = stamp.recv_ns;
  stamp.uid.store(e.uid);
  stamp.cause.store(e.cause);
  stamp.root.store(e.root);
  Uid{}.store(e.trace_id);
  std::memset(e.span_id, 0, sizeof e.span_id);
  e.trace_flags = 0;
  e.hops = stamp.hops;
  e.n_attributes = m.n_attributes;
  e.type_id = stamp.type != nullptr ? stamp.type->id : 0;
  e.schema_id = 0;
  e.attributes = m.attributes;
  e.id = m.id;
  e.type = m.type;
  e.source = m.source.n != 0 ? m.source : source_default;
  e.subject = m.subject;
  e.content_type = m.content_type;
  e.schema = m.schema;
  e.time_text = m.time_text;
  e.tracestate = {};
  e.key = m.key;
  e.data = m.data;
  return e;
}

}  // namespace hark::core
