// The schema of a plugin's options as a person reads it: a row for each key.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"

namespace hark::config {

struct SchemaRow {
  std::string key;    // "path", "servers[].port", "headers.*"
  std::string rule;   // "text, required", "one of \"json\", \"text\"; \"json\" when absent"
  std::string about;  // its description; may be empty
};

// Rows by key, what lies in a table or list below it. Fails for what is outside the subset of docs/plugin-options.md.
core::Result<std::vector<SchemaRow>> schema_rows(const std::string& schema);

}  // namespace hark::config
