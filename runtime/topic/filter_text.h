// A test of a `where` as a person reads it.
#pragma once

#include <string>
#include <vector>

#include "topic/filter_spec.h"

namespace hark::topic {

// `data.took_ms >= 500`, `data.user does not start with "bot-"`, `source in ["/a", "/b"]`, `not (data.n > 5)`,
// `data.x is missing`. In one line, and whole: text in quotes as JSON has it.
std::string to_text(const std::string& path, const FilterTest& test);

// Of all tests, each of which must hold.
std::vector<std::string> to_texts(const FilterSpec& spec);

}  // namespace hark::topic
