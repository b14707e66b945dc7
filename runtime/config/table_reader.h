// One table of the file while it is read: typed values by key, then every key that nobody asked for is an error.
//
// Each reader leaves `out` alone and answers nullopt when the key is absent or its value is wrong (which is told), and
// answers the place of the value when it was read. Bounds are inclusive.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml.h"

namespace hark::config {

template <class E>
struct Word {
  std::string_view text;
  E value;
};

// A key or word with advice: for one that a later version brings, what to do until then (may be empty).
struct Advice {
  std::string_view word;
  std::string_view help;
};

class TableReader {
 public:
  // path: how messages name the table, "subscribers.audit"; empty for the whole file.
  TableReader(const toml::table& table, std::string path, Report& report);

  std::optional<Place> text(std::string_view key, std::string& out);  // not empty, no control characters
  std::optional<Place> boolean(std::string_view key, bool& out);
  std::optional<Place> integer(std::string_view key, std::uint32_t& out, std::uint32_t low, std::uint32_t high);
  std::optional<Place> integer(std::string_view key, std::uint64_t& out, std::uint64_t low, std::uint64_t high);
  std::optional<Place> size(std::string_view key, std::uint64_t& out, std::uint64_t low, std::uint64_t high);
  std::optional<Place> duration(std::string_view key, std::chrono::nanoseconds& out, std::chrono::nanoseconds low,
                                std::chrono::nanoseconds high);

  // later: words of a later version.
  template <class E>
  std::optional<Place> word(std::string_view key, E& out, std::span<const Word<E>> words,
                            std::span<const Advice> later = {}) {
    std::vector<std::string> names;
    for (const Word<E>& w : words) names.emplace_back(w.text);
    const std::optional<std::size_t> index = word_index(key, names, later);
    if (!index) return std::nullopt;
    out = words[*index].value;
    return value_place(key);
  }

  std::optional<TableReader> table(std::string_view key);
  const toml::node* node(std::string_view key);  // any kind, or nullptr

  // Tells those of the keys that stand in the table: a later version brings them.
  void later(std::span<const Advice> keys);

  // Tells all keys that were not asked for. hints: keys that belong elsewhere; otherwise: help for all others to which
  // no known key is near.
  void done(std::span<const Advice> hints = {}, std::string_view otherwise = {});

  const toml::table& toml() const { return *table_; }
  const std::string& path() const { return path_; }
  Place place() const;
  Report& report() { return *report_; }
  std::string path_of(std::string_view key) const;  // "subscribers.audit.queue"

  // "PATH.KEY: expected EXPECTED, found integer" at the value.
  void wrong_kind(std::string_view key, const toml::node& node, std::string_view expected);

 private:
  std::optional<std::size_t> word_index(std::string_view key, const std::vector<std::string>& words,
                                        std::span<const Advice> later);
  Place value_place(std::string_view key) const;
  bool in_range(std::string_view key, Place place, bool inside, std::string_view given, std::string_view low,
                std::string_view high);

  const toml::table* table_;
  std::string path_;
  Report* report_;
  std::vector<std::string> known_;
};

// "PATH.KEY", the key in quotes where TOML needs them.
std::string join_path(std::string_view path, std::string_view key);

// "did you mean `x`?", or nothing.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

bool has_control_characters(std::string_view text);

}  // namespace hark::config
