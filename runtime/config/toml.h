// toml++ as config/ uses it: without exceptions and compiled once, in toml.cpp. Include this, never toml++ itself.
#pragma once

#ifndef TOML_EXCEPTIONS
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 0
#endif
#include <toml++/impl/preprocessor.h>
// toml++ 3.3 "assumes" that a table header begins with a key: a file with `[:` aborts a debug build, and lets clang's
// optimiser believe it in a release build. Without the assumption the check behind it gives a proper syntax error.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(...) static_assert(true)
#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace hark::config {

// A region that goes over several lines is underlined to the end of its first one.
Place place_of(const toml::source_region& region);

// The kind of a value as messages name it: "text", "integer", "number", "boolean", "date or time", "list", "table".
std::string_view kind_of(const toml::node& node);

// A date, time or date and time as RFC 3339 text.
std::string moment_text(const toml::node& node);

struct Entry {
  std::string_view key;
  Place key_place;
  const toml::node* value;
};

// toml++ sorts tables by key; a person reads them as they stand in the file.
std::vector<Entry> in_file_order(const toml::table& table);

}  // namespace hark::config
