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
    Given g;
    g.type = text(e.type);
    g.data = text(e.data);
    g.has_data = e.data.p != nullptr;
    g.binary = (e.flags & HARK_E_DATA_BINARY) != 0;
    g.id = text(e.id);
    g.source = text(e.source);
    g.subject = text(e.subject);
    g.content_type = text(e.content_type);
    g.schema = text(e.schema);
    g.time_text = text(e.time_text);
    g.key = text(e.key);
    g.time_ns = e.time_ns;
    for (std::uint32_t i = 0; i < e.n_attributes; ++i) {
      g.attributes.emplace_back(text(e.attributes[i].k), text(e.attributes[i].v));
    }
    return g;
  }

  static Published published_of(const hark_message& m) {
    Published p;
    p.type = text(m.type);
    p.data = text(m.data);
    p.has_data = m.data.p != nullptr;
    p.id = text(m.id);
    p.source = text(m.source);
    p.subject = text(m.subject);
    p.content_type = text(m.content_type);
    p.schema = text(m.schema);
    p.time_text = text(m.time_text);
    p.key = text(m.key);
    for (std::uint32_t i = 0; i < m.n_attributes; ++i) {
      p.attributes.emplace_back(text(m.attributes[i].k), text(m.attributes[i].v));
    }
    p.flags = m.flags;
    p.token = m.token;
    p.cause = m.cause;
    if (m.caused_by != nullptr) p.caused_by = text(m.caused_by->type);
    p.time_ns = m.time_ns;
    return p;
  }
};

}  // namespace hark::testing
