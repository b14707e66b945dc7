// An event written into a record and expanded again.
#include "core/record.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "core/arena.h"
#include "core/text.h"

using namespace hark::core;

namespace {

struct Sample {
  std::array<hark_attr, 3> attributes{{{str("flag"), str("true"), HARK_ATTR_BOOLEAN, 0},
                                       {str("when"), str("2026-01-01T00:00:00Z"), HARK_ATTR_TIMESTAMP, 0},
                                       {str("empty"), {nullptr, 0}, HARK_ATTR_STRING, 0}}};
  Name type{"error.disk", 7};
  Stamp stamp{make_uid(1), make_uid(2), make_uid(3), 1234, -5, 3, &type};
  hark_message message{};

  Sample() {
    message.size = sizeof message;
    message.type = str(type.text);
    message.id = str("id-1");
    message.source = str("/somewhere");
    message.subject = str("subject");
    message.content_type = str("application/json");
    message.schema = str("http://schema");
    message.time_text = str("2026-01-01T00:00:00.5+02:00");
    message.key = bytes("key");
    message.data = bytes("{\"a\":1}");
    message.attributes = attributes.data();
    message.n_attributes = 3;
  }
  hark_event event() const {
    hark_event e;
    e = view_message(message, str("/hark/x"), stamp);
    for (std::uint8_t i = 0; i < 16; ++i) e.trace_id[i] = i;
    for (std::uint8_t i = 0; i < 8; ++i) e.span_id[i] = static_cast<std::uint8_t>(i + 50);
    e.trace_flags = 1;
    e.tracestate = str("k=v");
    return e;
  }
};

// The record's own memory, so that nothing of the original is looked at by mistake.
struct Written {
  explicit Written(const hark_event& e, const Stamp& s) : record(solo_record(e, s)) {}
  ~Written() { release(record); }
  const hark_event& expand() { return expanded.expand(*record); }
  Record* record;
  Expanded expanded;
};

void check_same(const hark_event& a, const hark_event& b) {
  CHECK(a.flags == b.flags);
  CHECK(a.time_ns == b.time_ns);
  CHECK(a.recv_ns == b.recv_ns);
  CHECK(std::memcmp(a.uid, b.uid, 16) == 0);
  CHECK(std::memcmp(a.cause, b.cause, 16) == 0);
  CHECK(std::memcmp(a.root, b.root, 16) == 0);
  CHECK(std::memcmp(a.trace_id, b.trace_id, 16) == 0);
  CHECK(std::memcmp(a.span_id, b.span_id, 8) == 0);
  CHECK(a.trace_flags == b.trace_flags);
  CHECK(a.hops == b.hops);
  CHECK(a.type_id == b.type_id);
  for (const auto field :
       {&hark_event::id, &hark_event::type, &hark_event::source, &hark_event::subject, &hark_event::content_type,
        &hark_event::schema, &hark_event::time_text, &hark_event::tracestate}) {
    CHECK(view(a.*field) == view(b.*field));
  }
  CHECK(view(a.key) == view(b.key));
  CHECK(view(a.data) == view(b.data));
  CHECK((a.data.p == nullptr) == (b.data.p == nullptr));
  REQUIRE(a.n_attributes == b.n_attributes);
  for (std::uint32_t i = 0; i < a.n_attributes; ++i) {
    CHECK(view(a.attributes[i].k) == view(b.attributes[i].k));
    CHECK(view(a.attributes[i].v) == view(b.attributes[i].v));
    CHECK(a.attributes[i].kind == b.attributes[i].kind);
  }
}

}  // namespace

TEST_CASE("an event with all its fields comes back as it was") {
  const Sample s;
  const hark_event before = s.event();
  Written w(before, s.stamp);
  check_same(before, w.expand());
  CHECK(w.record->total % 16 == 0);
  CHECK(w.record->total == record_size(before, s.stamp));
}

TEST_CASE("every field may be absent alone") {
  for (int missing = 0; missing < 12; ++missing) {
    Sample s;
    hark_event e = s.event();
    switch (missing) {
      case 0: e.id = {}; break;
      case 1: e.source = {}; break;
      case 2: e.subject = {}; break;
      case 3: e.content_type = {}; break;
      case 4: e.schema = {}; break;
      case 5: e.time_text = {}; break;
      case 6: e.tracestate = {}; break;
      case 7: e.key = {}; break;
      case 8: e.data = {}; break;
      case 9: e.n_attributes = 0; break;
      case 10:
        s.stamp.time_ns = HARK_TIME_ABSENT;
        e.time_ns = HARK_TIME_ABSENT;
        break;
      default: {
        std::memset(e.trace_id, 0, 16);
        std::memset(e.span_id, 0, 8);
        e.trace_flags = 0;
      }
    }
    INFO("missing " << missing);
    Written w(e, s.stamp);
    check_same(e, w.expand());
  }
}

TEST_CASE("an event with nothing but a type comes back as it was") {
  hark_message m{};
  m.size = sizeof m;
  m.type = str("t");
  m.time_ns = HARK_TIME_ABSENT;
  Stamp stamp;
  stamp.uid = stamp.root = make_uid(1);
  hark_event e;
  e = view_message(m, str("/hark/x"), stamp);
  Written w(e, stamp);
  check_same(e, w.expand());
  CHECK(w.expand().cause[0] == 0);
  CHECK(view(w.expand().type) == "t");  // not interned: the text is in the record
  CHECK(view(w.expand().source) == "/hark/x");
}

TEST_CASE("empty data is not the same as none") {
  Sample s;
  hark_event e = s.event();
  e.data = {"", 0};
  Written empty(e, s.stamp);
  CHECK(empty.expand().data.p != nullptr);
  CHECK(empty.expand().data.n == 0);
  e.data = {nullptr, 0};
  Written none(e, s.stamp);
  CHECK(none.expand().data.p == nullptr);
}

TEST_CASE("bytes behind the data may be read") {
  Sample s;
  Written w(s.event(), s.stamp);
  const hark_event& e = w.expand();
  unsigned sum = 0;
  for (std::size_t i = 0; i < data_slack; ++i) sum += static_cast<const unsigned char*>(e.data.p)[e.data.n + i];
  CHECK(sum < 256 * data_slack);  // ASan would have told
}

TEST_CASE("one expander serves record after record") {
  Sample s;
  Written first(s.event(), s.stamp);
  hark_event plain = s.event();
  plain.n_attributes = 0;
  plain.subject = {};
  Written second(plain, s.stamp);
  Expanded one;
  check_same(s.event(), one.expand(*first.record));
  check_same(plain, one.expand(*second.record));
  check_same(s.event(), one.expand(*first.record));
}
