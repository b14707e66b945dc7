// SPDX-License-Identifier: Apache-2.0
// Whether what a plugin hands to its host is formed as plugin.h says. Reads all of it, to the last byte.
#pragma once

#include <hark/plugin.h>

#include <hark/json_text.hpp>
#include <string>
#include <string_view>

namespace hark::testing::hostile {

inline const char* name_of(hark_result r) {
  static constexpr const char* failures[] = {"HARK_RETRY", "HARK_REJECT",  "HARK_FATAL",   "HARK_AGAIN",
                                             "HARK_STALE", "HARK_DENIED",  "HARK_INVALID", "HARK_NOSUPPORT",
                                             "HARK_NOMEM", "HARK_TOO_BIG", "HARK_CLOSING"};
  static constexpr const char* others[] = {"HARK_OK", "HARK_PENDING", "HARK_SKIP", "HARK_UNSET"};
  if (r >= 0 && r <= 3) return others[r];
  if (r < 0 && r >= -11) return failures[-r - 1];
  return "a code that does not exist";
}

// What is wrong with a text, or nothing.
inline std::string flaw_of(const char* field, hark_str s) {
  if (s.n == 0) return {};
  if (s.p == nullptr) return std::string(field) + " is NULL with a length of " + std::to_string(s.n);
  return hark::is_utf8({s.p, s.n}) ? std::string() : std::string(field) + " is not UTF-8";
}
inline std::string flaw_of(const char* field, hark_bytes b) {
  if (b.n != 0 && b.p == nullptr) return std::string(field) + " is NULL with a length of " + std::to_string(b.n);
  const volatile char* p = static_cast<const char*>(b.p);
  for (std::size_t i = 0; i < b.n; ++i) (void)p[i];
  return {};
}
inline std::string flaw_of(const char* field, const hark_kv* kv, std::uint32_t n) {
  if (n != 0 && kv == nullptr) return std::string(field) + " are NULL, but there are " + std::to_string(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::string flaw = flaw_of("a field's name", kv[i].k);
    if (flaw.empty()) flaw = flaw_of("a field's value", kv[i].v);
    if (!flaw.empty()) return flaw;
  }
  return {};
}

// What is wrong with a message whoever wrote its texts; that an attribute breaks a rule of CloudEvents is not, for it
// may have come from outside: the host answers INVALID.
inline std::string flaw_of(const hark_message& m) {
  if (!HARK_HAS(&m, hark_message, n_attributes))
    return "hark_message.size is " + std::to_string(m.size) + ", less than the struct";
  constexpr std::uint32_t known = HARK_M_TELL_KEPT | HARK_M_TELL_SETTLED | HARK_M_DATA_CHECKED | HARK_M_DATA_BINARY;
  if ((m.flags & ~known) != 0) return "hark_message.flags has bits that mean nothing";
  if (m.pad_ != 0) return "hark_message.pad_ is not zero";
  if (m.n_attributes != 0 && m.attributes == nullptr) return "hark_message.attributes is NULL, n_attributes is not 0";
  const struct {
    const char* name;
    const hark_str& text;
  } texts[] = {{"id", m.id},         {"source", m.source}, {"subject", m.subject},    {"content_type", m.content_type},
               {"schema", m.schema}, {"type", m.type},     {"time_text", m.time_text}};
  for (const auto& t : texts) {
    std::string flaw = t.text.n != 0 && t.text.p == nullptr ? flaw_of(t.name, t.text) : std::string();
    if (!flaw.empty()) return "hark_message." + flaw;
    (void)flaw_of(t.name, hark_bytes{t.text.p, t.text.n});
  }
  for (std::uint32_t i = 0; i < m.n_attributes; ++i) {
    const hark_attr& a = m.attributes[i];
    if (a.pad_ != 0) return "hark_attr.pad_ is not zero";
    std::string flaw = flaw_of("an attribute's name", hark_bytes{a.k.p, a.k.n});
    if (flaw.empty()) flaw = flaw_of("an attribute's value", hark_bytes{a.v.p, a.v.n});
    if (!flaw.empty()) return flaw;
  }
  std::string flaw = flaw_of("hark_message.key", m.key);
  return flaw.empty() ? flaw_of("hark_message.data", m.data) : flaw;
}

// A type pattern: `*` for one dotted token, `**` at the end for the rest.
inline bool matches(std::string_view pattern, std::string_view type) {
  for (;;) {
    const std::size_t p = pattern.find('.'), t = type.find('.');
    const std::string_view want = pattern.substr(0, p), have = type.substr(0, t);
    if (want == "**") return true;
    if (want != "*" && want != have) return false;
    if (p == std::string_view::npos || t == std::string_view::npos) return p == t;
    pattern.remove_prefix(p + 1);
    type.remove_prefix(t + 1);
  }
}

inline bool declares(const hark_plugin& plugin, std::string_view type) {
  if (plugin.publishes == nullptr) return true;
  for (const char* const* p = plugin.publishes; *p != nullptr; ++p) {
    if (matches(*p, type)) return true;
  }
  return false;
}

}  // namespace hark::testing::hostile
