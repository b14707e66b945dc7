// The URI and URI-reference rules of the CloudEvents type system: RFC 3986, by its grammar, without normalising
// anything.
//
// Thread: any. Nothing allocates.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/string_rule.h"

namespace hark::core {
namespace uri_rule {

enum Class : std::uint8_t {
  host = 1,      // unreserved, sub-delims, %
  userinfo = 2,  // host and :
  path = 4,      // pchar and /
  query = 8,     // path and ?
  scheme = 16,   // letters, digits, + - .
  hex = 32,
  digit = 64,
  simple = 128,  // path without : and %: any text of these is a relative reference, unless it begins with //
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> t{};
  const auto add = [&t](std::string_view chars, unsigned classes) {
    for (const char c : chars) {
      auto& entry = t[static_cast<std::uint8_t>(c)];
      entry = static_cast<std::uint8_t>(entry | classes);
    }
  };
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view digits = "0123456789";
  for (const std::string_view chars : {letters, digits, std::string_view("-._~"), std::string_view("!$&'()*+,;=")}) {
    add(chars, host | userinfo | path | query | simple);
  }
  add("@/", path | query | simple);
  add(":", userinfo | path | query);
  add("%", host | userinfo | path | query);
  add("?", query);
  for (const std::string_view chars : {letters, digits, std::string_view("+-.")}) add(chars, scheme);
  add("0123456789abcdefABCDEF", hex);
  add(digits, digit);
  return t;
}
inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

inline bool is(char c, unsigned wanted) { return (classes[static_cast<std::uint8_t>(c)] & wanted) != 0; }

inline Flaw unexpected(std::string_view s, std::size_t at) {
  const auto c = static_cast<std::uint8_t>(s[at]);
  if (c == ' ') return {"space", at};
  if (c < 0x20 || c == 0x7f) return {"control character", at};
  if (c >= 0x80) return {"non-ASCII character (percent-encode it)", at};
  return {"unexpected character", at};
}

inline Flaw scan(std::string_view s, std::size_t from, std::size_t to, Class allowed) {
  for (std::size_t i = from; i < to; ++i) {
    if (!is(s[i], allowed)) return unexpected(s, i);
    if (s[i] == '%' && (i + 2 >= to || !is(s[i + 1], hex) || !is(s[i + 2], hex))) {
      return {"`%` without two hexadecimal digits", i};
    }
  }
  return {};
}

// What stands between [ and ]: an IPv6 address, or v1.something.
inline Flaw literal_flaw(std::string_view s, std::size_t from, std::size_t to) {
  const Flaw bad{"malformed IP literal", from};
  if (from < to && (s[from] == 'v' || s[from] == 'V')) {
    std::size_t i = from + 1;
    while (i < to && is(s[i], hex)) ++i;
    if (i == from + 1 || i + 1 >= to || s[i] != '.') return bad;
    for (++i; i < to; ++i) {
      if (!is(s[i], userinfo) || s[i] == '%') return bad;
    }
    return {};
  }
  std::array<char, INET6_ADDRSTRLEN> address{};
  const std::size_t n = to - from;
  if (n >= address.size()) return bad;
  std::memcpy(address.data(), s.data() + from, n);
  in6_addr parsed;
  if (std::memchr(address.data(), 0, n) != nullptr || inet_pton(AF_INET6, address.data(), &parsed) != 1) return bad;
  return {};
}

// [userinfo@]host[:port]
inline Flaw authority_flaw(std::string_view s, std::size_t from, std::size_t to) {
  const std::string_view head = s.substr(0, to);
  if (const std::size_t at = head.find('@', from); at != head.npos) {
    if (const Flaw f = scan(s, from, at, userinfo)) return f;
    from = at + 1;
  }
  std::size_t port = 0;
  if (from < to && s[from] == '[') {
    const std::size_t close = head.find(']', from);
    if (close == head.npos) return {"`[` without `]`", from};
    if (const Flaw f = literal_flaw(s, from + 1, close)) return f;
    port = close + 1;
    if (port < to && s[port] != ':') return unexpected(s, port);
  } else {
    port = std::min(head.find(':', from), to);
    if (const Flaw f = scan(s, from, port, host)) return f;
  }
  return port < to ? scan(s, port + 1, to, digit) : Flaw{};
}

// Length of "scheme:", or 0.
inline std::size_t scheme_length(std::string_view s) {
  if (s.empty() || !is(s[0], scheme) || is(s[0], digit) || s[0] == '+' || s[0] == '-' || s[0] == '.') return 0;
  std::size_t i = 1;
  while (i < s.size() && is(s[i], scheme)) ++i;
  return i < s.size() && s[i] == ':' ? i + 1 : 0;
}

// Everything after the scheme.
inline Flaw rest_flaw(std::string_view s, std::size_t from) {
  const std::size_t hash = std::min(s.find('#', from), s.size());
  const std::size_t question = std::min(s.find('?', from), hash);
  if (s.substr(from).starts_with("//")) {
    const std::size_t end = std::min(s.find('/', from + 2), question);
    if (const Flaw f = authority_flaw(s, from + 2, end)) return f;
    from = end;
  }
  if (const Flaw f = scan(s, from, question, path)) return f;
  if (const Flaw f = scan(s, question, hash, query)) return f;
  return hash < s.size() ? scan(s, hash + 1, s.size(), query) : Flaw{};
}

}  // namespace uri_rule

// Any URI-reference; the empty one too.
inline Flaw uri_reference_flaw(std::string_view s) {
  using namespace uri_rule;
  unsigned all = simple;
  for (const char c : s) all &= classes[static_cast<std::uint8_t>(c)];
  if (all != 0 && !s.starts_with("//")) return {};

  const std::size_t scheme = scheme_length(s);
  if (scheme == 0) {
    const std::size_t segment = std::min(s.find_first_of(":/?#"), s.size());
    if (segment < s.size() && s[segment] == ':') return {"`:` after what is not a scheme", segment};
  }
  return rest_flaw(s, scheme);
}

// Needs a scheme. A fragment is accepted: absolute-URI (RFC 3986 section 4.3) has none, but CloudEvents' own JSON
// Schema
// ("format": "uri") lets it through, and schemas are commonly named with one.
inline Flaw absolute_uri_flaw(std::string_view s) {
  const std::size_t scheme = uri_rule::scheme_length(s);
  if (scheme == 0) return {"no scheme"};
  return uri_rule::rest_flaw(s, scheme);
}

}  // namespace hark::core
