#include "config/table_reader.h"

#include <algorithm>

#include "config/units.h"

namespace hark::config {
namespace {

constexpr std::size_t max_shown_key = 64;  // a path is built for each value below a key that may be a megabyte long

bool is_bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

const Advice* find(std::span<const Advice> list, std::string_view word) {
  const auto it = std::ranges::find(list, word, &Advice::word);
  return it == list.end() ? nullptr : &*it;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "`" : ", `") + word + "`";
  return out;
}

}  // namespace

std::string join_path(std::string_view path, std::string_view key) {
  std::string out(path);
  if (!out.empty()) out += '.';
  if (key.size() > max_shown_key) return out.append(key.substr(0, max_shown_key)).append("...");
  if (is_bare(key)) return out.append(key);
  return out.append("\"").append(key).append("\"");
}

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = did_you_mean(word, candidates);
  return near.empty() ? near : "did you mean `" + near + "`?";
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

TableReader::TableReader(const toml::table& table, std::string path, Report& report)
    : table_(&table), path_(std::move(path)), report_(&report) {}

Place TableReader::place() const { return place_of(table_->source()); }
std::string TableReader::path_of(std::string_view key) const { return join_path(path_, key); }
Place TableReader::value_place(std::string_view key) const { return place_of(table_->get(key)->source()); }

const toml::node* TableReader::node(std::string_view key) {
  known_.emplace_back(key);
  return table_->get(key);
}

void TableReader::wrong_kind(std::string_view key, const toml::node& node, std::string_view expected) {
  report_->error(place_of(node.source()),
                 path_of(key) + ": expected " + std::string(expected) + ", found " + std::string(kind_of(node)));
}

std::optional<Place> TableReader::text(std::string_view key, std::string& out) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const auto* string = value->as_string();
  const Place place = place_of(value->source());
  if (!string) {
    wrong_kind(key, *value, "text");
  } else if (string->get().empty()) {
    report_->error(place, path_of(key) + ": must not be empty");
  } else if (has_control_characters(string->get())) {
    report_->error(place, path_of(key) + ": must not hold control characters");
  } else {
    out = string->get();
    return place;
  }
  return std::nullopt;
}

std::optional<Place> TableReader::boolean(std::string_view key, bool& out) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const auto* boolean = value->as_boolean();
  if (!boolean) {
    wrong_kind(key, *value, "boolean");
    return std::nullopt;
  }
  out = boolean->get();
  return place_of(value->source());
}

bool TableReader::in_range(std::string_view key, Place place, bool inside, std::string_view given, std::string_view low,
                           std::string_view high) {
  if (inside) return true;
  report_->error(place, path_of(key) + ": " + std::string(given) + " is out of range",
                 "from " + std::string(low) + " to " + std::string(high));
  return false;
}

std::optional<Place> TableReader::integer(std::string_view key, std::uint64_t& out, std::uint64_t low,
                                          std::uint64_t high) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const auto* integer = value->as_integer();
  if (!integer) {
    wrong_kind(key, *value, "integer");
    return std::nullopt;
  }
  const Place place = place_of(value->source());
  const std::int64_t given = integer->get();
  const bool inside =
      given >= 0 && static_cast<std::uint64_t>(given) >= low && static_cast<std::uint64_t>(given) <= high;
  if (!in_range(key, place, inside, std::to_string(given), std::to_string(low), std::to_string(high)))
    return std::nullopt;
  out = static_cast<std::uint64_t>(given);
  return place;
}

std::optional<Place> TableReader::integer(std::string_view key, std::uint32_t& out, std::uint32_t low,
                                          std::uint32_t high) {
  std::uint64_t wide = 0;
  const std::optional<Place> place = integer(key, wide, std::uint64_t{low}, std::uint64_t{high});
  if (place) out = static_cast<std::uint32_t>(wide);
  return place;
}

std::optional<Place> TableReader::size(std::string_view key, std::uint64_t& out, std::uint64_t low,
                                       std::uint64_t high) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const Place place = place_of(value->source());
  std::string given;
  std::uint64_t bytes = 0;
  bool negative = false;
  if (const auto* integer = value->as_integer()) {
    given = std::to_string(integer->get());
    negative = integer->get() < 0;
    bytes = negative ? 0 : static_cast<std::uint64_t>(integer->get());
  } else if (const auto* string = value->as_string()) {
    given = string->get();
    const auto parsed = parse_size(given);
    if (!parsed) {
      report_->error(place, path_of(key) + ": `" + given + "` is not a size", parsed.error().message);
      return std::nullopt;
    }
    bytes = *parsed;
  } else {
    wrong_kind(key, *value, "a size such as \"64MiB\"");
    return std::nullopt;
  }
  const bool inside = !negative && bytes >= low && bytes <= high;
  if (!in_range(key, place, inside, given, format_size(low), format_size(high))) return std::nullopt;
  out = bytes;
  return place;
}

std::optional<Place> TableReader::duration(std::string_view key, std::chrono::nanoseconds& out,
                                           std::chrono::nanoseconds low, std::chrono::nanoseconds high) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const auto* string = value->as_string();
  if (!string) {
    wrong_kind(key, *value, "a duration such as \"30s\"");
    return std::nullopt;
  }
  const Place place = place_of(value->source());
  const auto parsed = parse_duration(string->get());
  if (!parsed) {
    report_->error(place, path_of(key) + ": `" + string->get() + "` is not a duration", parsed.error().message);
    return std::nullopt;
  }
  const bool inside = *parsed >= low && *parsed <= high;
  if (!in_range(key, place, inside, string->get(), format_duration(low), format_duration(high))) return std::nullopt;
  out = *parsed;
  return place;
}

std::optional<std::size_t> TableReader::word_index(std::string_view key, const std::vector<std::string>& words,
                                                   std::span<const Advice> later) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  const Place place = place_of(value->source());
  const auto* string = value->as_string();
  if (!string) {
    wrong_kind(key, *value, "one of " + listed(words));
    return std::nullopt;
  }
  const std::string& given = string->get();
  const auto it = std::ranges::find(words, given);
  if (it != words.end()) return static_cast<std::size_t>(it - words.begin());
  if (const Advice* advice = find(later, given)) {
    report_->error(place, path_of(key) + ": `" + given + "` is not in this version", std::string(advice->help));
    return std::nullopt;
  }
  report_->error(place, path_of(key) + ": `" + given + "` is not one of " + listed(words), suggest(given, words));
  return std::nullopt;
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const toml::node* value = node(key);
  if (!value) return std::nullopt;
  if (!value->is_table()) {
    wrong_kind(key, *value, "table");
    return std::nullopt;
  }
  return TableReader(*value->as_table(), path_of(key), *report_);
}

void TableReader::later(std::span<const Advice> keys) {
  for (const Entry& entry : in_file_order(*table_)) {
    const Advice* advice = find(keys, entry.key);
    if (!advice) continue;
    known_.emplace_back(entry.key);
    const std::string name = path_.empty() ? "table [" + std::string(entry.key) + "]"
                                           : "`" + std::string(entry.key) + "` in [" + path_ + "]";
    report_->error(entry.key_place, name + " is not in this version", std::string(advice->help));
  }
}

void TableReader::done(std::span<const Advice> hints, std::string_view otherwise) {
  const std::vector<std::string> known = known_;
  for (const Entry& entry : in_file_order(*table_)) {
    if (std::ranges::find(known, entry.key) != known.end()) continue;
    std::string help;
    if (const Advice* hint = find(hints, entry.key)) help = hint->help;
    if (help.empty()) help = suggest(entry.key, known);
    if (help.empty()) help = otherwise;
    const std::string where = path_.empty() ? "at the top of the file" : "in [" + path_ + "]";
    report_->error(entry.key_place, "unknown key `" + std::string(entry.key) + "` " + where, std::move(help));
  }
}

}  // namespace hark::config
