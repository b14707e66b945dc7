// SPDX-License-Identifier: Apache-2.0
// Between the ABI's structs, which borrow, and the records of a test, which own.
#pragma once

#include <hark/plugin.h>

#include <hark/testing/records.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hark::testing {

// A base only to keep these names out of the tests' namespaces.
struct AbiForms {
  static hark_str str(std::string_view s) { return {s.data(), s.size()}; }
  static std::string text(hark_str s) { return s.n == 0 ? std::string() : std::string(s.p, s.n); }
  static std::string text(hark_bytes s) {
    return s.n == 0 ? std::string() : std::string(static_cast<const char*>(s.p), s.n);
  }

  // An event and all that it points to. hark_event is never copied: retained ones are shared.
  struct Held {
    Given given;
    std::vector<hark_attr> attributes;
    hark_event event{};
    hark_delivery delivery{};
  };

  static void fill_event(Held& held) {
    const Given& g = held.given;
    for (const auto& [k, v] : g.attributes) held.attributes.push_back({str(k), str(v), HARK_ATTR_STRING, 0});
    hark_event& e = held.event;
    e.size = sizeof e;
    e.flags = g.binary ? HARK_E_DATA_BINARY : 0;
    e.time_ns = g.time_ns;
    e.uid[6] = 0x70;
    e.uid[8] = 0x80;
    e.attributes = held.attributes.data();
    e.n_attributes = static_cast<std::uint32_t>(held.attributes.size());
    e.id = str(g.id);
    e.type = str(g.type);
    e.source = str(g.source);
    e.subject = str(g.subject);
    e.content_type = str(g.content_type);
    e.schema = str(g.schema);
    e.time_text = str(g.time_text);
    e.key = {g.key.data(), g.key.size()};
    if (g.has_data) e.data = {g.data.data(), g.data.size()};
  }
  static Given given_of(const hark_event& e) {
    auto g = copied<Given>(e);
    g.binary = (e.flags & HARK_E_DATA_BINARY) != 0;
    return g;
  }
  static Published published_of(const hark_message& m) {
    auto p = copied<Published>(m);
    p.flags = m.flags;
    p.token = m.token;
    p.cause = m.cause;
    if (m.caused_by != nullptr) p.caused_by = text(m.caused_by->type);
    return p;
  }

 private:
  // What events and messages have in common, under the same names.
  template <class Record, class Struct>
  static Record copied(const Struct& s) {
    Record r;
    r.type = text(s.type);
    r.data = text(s.data);
    r.has_data = s.data.p != nullptr;
    r.id = text(s.id);
    r.source = text(s.source);
    r.subject = text(s.subject);
    r.content_type = text(s.content_type);
    r.schema = text(s.schema);
    r.time_text = text(s.time_text);
    r.key = text(s.key);
    r.time_ns = s.time_ns;
    for (std::uint32_t i = 0; i < s.n_attributes; ++i) {
      r.attributes.emplace_back(text(s.attributes[i].k), text(s.attributes[i].v));
    }
    return r;
  }
};

}  // namespace hark::testing
