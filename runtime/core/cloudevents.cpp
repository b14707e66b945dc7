#include "core/cloudevents.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <hark/cloudevents.hpp>
#include <vector>

#include "core/string_rule.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/uri_rule.h"

namespace hark::core {
namespace {

constexpr std::size_t max_name = 64;

// ---- media types: RFC 2046 on the token of RFC 2045, with the spaces that RFC 9110 allows around parameters ----

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> t{};
  for (unsigned c = 0x21; c < 0x7f; ++c)
    t[c] = std::string_view("()<>@,;:\\\"/[]?=").find(static_cast<char>(c)) == std::string_view::npos;
  return t;
}
constexpr std::array<bool, 256> token_chars = make_token_table();

std::size_t skip_token(std::string_view s, std::size_t i) {
  while (i < s.size() && token_chars[static_cast<std::uint8_t>(s[i])]) ++i;
  return i;
}

std::size_t skip_spaces(std::string_view s, std::size_t i) {
  while (i < s.size() && s[i] == ' ') ++i;
  return i;
}

// From an opening quote to after the closing one, or npos.
std::size_t skip_quoted(std::string_view s, std::size_t i) {
  for (++i; i < s.size(); ++i) {
    if (s[i] == '"') return i + 1;
    if (s[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

Flaw parameters_flaw(std::string_view s, std::size_t i) {
  for (;;) {
    i = skip_spaces(s, i);
    if (i == s.size()) return {};
    if (s[i] != ';') return {"expected `;`", i};
    const std::size_t name = skip_spaces(s, i + 1);
    i = skip_token(s, name);
    if (i == name && (i == s.size() || s[i] == ';')) continue;  // an empty parameter: RFC 9110 section 5.6.6
    if (i == name || i == s.size() || s[i] != '=') return {"expected a parameter `name=value`", name};
    const std::size_t value = i + 1;
    if (value < s.size() && s[value] == '"') {
      i = skip_quoted(s, value);
      if (i == s.npos) return {"quote without end", value};
    } else {
      i = skip_token(s, value);
      if (i == value) return {"expected a parameter's value", value};
    }
  }
}

Flaw media_type_flaw(std::string_view s) {
  if (s == "application/json") return {};
  if (const Flaw f = string_flaw(s)) return f;
  const std::size_t slash = skip_token(s, 0);
  if (slash == 0 || slash == s.size() || s[slash] != '/') return {"expected type/subtype", slash};
  const std::size_t end = skip_token(s, slash + 1);
  if (end == slash + 1) return {"expected a subtype", end};
  return parameters_flaw(s, end);
}

// ---- the other kinds ----

Flaw integer_flaw(std::string_view s) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error == std::errc::result_out_of_range) return {"does not fit 32 bits"};
  if (error != std::errc{} || end != s.data() + s.size()) return {"not a number"};
  const std::string_view digits = s[0] == '-' ? s.substr(1) : s;
  if ((digits.size() > 1 && digits[0] == '0') || s == "-0") return {"leading zero or -0"};
  return {};
}

Flaw boolean_flaw(std::string_view s) { return s == "true" || s == "false" ? Flaw{} : Flaw{"neither true nor false"}; }

// RFC 4648 section 4 with padding; the unused bits of the last character are zero (section 3.5).
Flaw base64_flaw(std::string_view s) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (s.size() % 4 != 0) return {"length is no multiple of 4"};
  std::size_t n = s.size();
  while (n > 0 && s.size() - n < 2 && s[n - 1] == '=') --n;
  std::size_t last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    last = alphabet.find(s[i]);
    if (last == alphabet.npos) return {"character outside the alphabet", i};
  }
  const std::size_t padding = s.size() - n;
  if ((padding == 1 && (last & 3) != 0) || (padding == 2 && (last & 15) != 0))
    return {"unused bits are not zero", n - 1};
  return {};
}

Flaw timestamp_flaw(std::string_view s) { return is_timestamp(s) ? Flaw{} : Flaw{"expected 2018-04-05T17:31:00Z"}; }

struct Kind {
  const char* wrong;
  Flaw (*flaw)(std::string_view);
};

// Indexed by HARK_ATTR_*.
constexpr std::array<Kind, 7> kinds{{{"not a String", string_flaw},
                                     {"not an Integer", integer_flaw},
                                     {"not a Boolean", boolean_flaw},
                                     {"not Base64", base64_flaw},
                                     {"not an absolute URI", absolute_uri_flaw},
                                     {"not an RFC 3339 timestamp", timestamp_flaw},
                                     {"not a URI-reference", uri_reference_flaw}}};
static_assert(HARK_ATTR_STRING == 0 && HARK_ATTR_INTEGER == 1 && HARK_ATTR_BOOLEAN == 2 && HARK_ATTR_BINARY == 3 &&
              HARK_ATTR_URI == 4 && HARK_ATTR_TIMESTAMP == 5 && HARK_ATTR_URI_REF == 6);

// ---- what a person is told ----

// A name or value from outside: cut, and never raw, for it ends in a log line.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 80;
  std::string out;
  for (const char c : text.substr(0, most)) out += c >= 0x20 && c < 0x7f ? c : '?';
  if (text.size() > most) out += "...";
  return out;
}

bool refuse(std::string& why, std::string_view name, std::string_view wrong, Flaw flaw = {}) {
  why = "attribute `" + shown(name) + "`: ";
  why += wrong;
  if (flaw) {
    why += ": ";
    why += flaw.what;
    if (flaw.at != Flaw::whole) why += " at byte " + std::to_string(flaw.at);
  }
  return false;
}

// ---- the parts of a message ----

bool readable(hark_str s) { return s.p != nullptr || s.n == 0; }

bool pointers_ok(const hark_message& m, std::string& why) {
  if (readable(m.type) && readable(m.id) && readable(m.source) && readable(m.subject) && readable(m.content_type) &&
      readable(m.schema) && readable(m.time_text) && (m.key.p != nullptr || m.key.n == 0) &&
      (m.data.p != nullptr || m.data.n == 0) && (m.attributes != nullptr || m.n_attributes == 0)) {
    return true;
  }
  why = "a null pointer with a length";
  return false;
}

bool is_core_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> names{"id",   "source",     "specversion", "type", "datacontenttype",
                                                  "time", "dataschema", "subject",     "data"};
  return std::ranges::find(names, name) != names.end();  // data_base64 is no attribute name anyway
}

bool check_extension(const hark_attr& a, std::string& why) {
  if (!readable(a.k) || !readable(a.v)) {
    why = "an extension attribute has a null pointer with a length";
    return false;
  }
  const std::string_view name = view(a.k);
  if (name.empty()) return refuse(why, name, "an extension attribute without a name");
  if (!is_attribute_name(name)) {
    return refuse(why, name, "names of extension attributes are 1 to 64 lower-case letters and digits");
  }
  if (is_core_name(name)) return refuse(why, name, "a core attribute cannot be an extension");
  if (a.kind >= kinds.size()) return refuse(why, name, "unknown kind " + std::to_string(a.kind));
  const Kind& kind = kinds[a.kind];
  if (const Flaw f = kind.flaw(view(a.v))) return refuse(why, name, kind.wrong, f);
  return true;
}

// A name that stands twice, or an empty one. Quadratic only while that is cheaper than to sort.
std::string_view repeated_name(const hark_attr* a, std::uint32_t n) {
  if (n <= 16) {
    for (std::uint32_t i = 1; i < n; ++i) {
      for (std::uint32_t j = 0; j < i; ++j) {
        if (a[i].k.n == a[j].k.n && view(a[i].k) == view(a[j].k)) return view(a[i].k);
      }
    }
    return {};
  }
  std::vector<std::string_view> names;
  names.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) names.push_back(view(a[i].k));
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  return twice == names.end() ? std::string_view{} : *twice;
}

bool check_extensions(const hark_message& m, std::string& why) {
  for (std::uint32_t i = 0; i < m.n_attributes; ++i) {
    const hark_attr& a = m.attributes[i];
    if (!check_extension(a, why)) return false;
    if (m.key.n != 0 && view(a.k) == "partitionkey") return refuse(why, view(a.k), "given twice: as the key too");
  }
  const std::string_view twice = repeated_name(m.attributes, m.n_attributes);
  return twice.empty() || refuse(why, twice, "given twice");
}

}  // namespace

bool check(const hark_message& m, std::string& why) {
  if (!pointers_ok(m, why)) return false;
  if (m.type.n == 0) return refuse(why, "type", "empty");
  if (const Flaw f = string_flaw(view(m.type))) return refuse(why, "type", "not a String", f);
  if (const Flaw f = string_flaw(view(m.id))) return refuse(why, "id", "not a String", f);
  if (m.source.n != 0) {
    if (const Flaw f = uri_reference_flaw(view(m.source))) return refuse(why, "source", "not a URI-reference", f);
  }
  if (const Flaw f = string_flaw(view(m.subject))) return refuse(why, "subject", "not a String", f);
  if (m.content_type.n != 0) {
    if (const Flaw f = media_type_flaw(view(m.content_type))) {
      return refuse(why, "datacontenttype", "not a media type", f);
    }
  }
  if (m.schema.n != 0) {
    if (const Flaw f = absolute_uri_flaw(view(m.schema))) return refuse(why, "dataschema", "not an absolute URI", f);
  }
  if (m.time_text.n != 0) {
    if (const Flaw f = timestamp_flaw(view(m.time_text))) return refuse(why, "time", "not an RFC 3339 timestamp", f);
  }
  if (const Flaw f = string_flaw(view(m.key))) return refuse(why, "partitionkey", "not a String", f);
  return m.n_attributes == 0 || check_extensions(m, why);
}

bool is_json(std::string_view content_type) { return hark::is_json_content_type(content_type); }

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace hark::core
