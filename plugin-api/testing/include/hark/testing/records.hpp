// SPDX-License-Identifier: Apache-2.0
// What BareHost remembers of a plugin's calls, and what a test hands to the plugin.
#pragma once

#include <hark/plugin.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hark::testing {

// An answer of a plugin: its code and the text of its hark_error.
struct Answered {
  hark_result code = HARK_OK;
  std::string text;
};

// A message as it was when the plugin published it.
struct Published {
  std::string type, data, id, source, subject, content_type, schema, time_text, key;
  bool has_data = false;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::uint32_t flags = 0;
  std::uint64_t token = 0, cause = 0;
  std::string caused_by;  // type of the retained event, or empty
  std::int64_t time_ns = HARK_TIME_ABSENT;
};

struct Logged {
  std::int32_t level = 0;
  std::uint64_t ticket = 0;
  std::string text;
  std::map<std::string, std::string> fields;
};

struct RefusedInput {
  std::string input, origin, why;
};

struct Completed {
  std::uint64_t ticket = 0;
  hark_result code = HARK_OK;      // what the plugin said
  hark_result answered = HARK_OK;  // what the host said: HARK_STALE for a late or forged one
  std::int64_t retry_after_ns = 0;
  std::string why;
};

// An event to hand over; the attributes left empty are absent.
struct Given {
  std::string type;
  std::string data = "{}";
  bool has_data = true;
  bool binary = false;
  std::string id = "1", source = "/test", subject, content_type = "application/json", schema, time_text, key;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::uint32_t attempt = 1, flags = 0;
  std::int64_t time_ns = HARK_TIME_ABSENT;
  std::uint64_t subscription = 0;
};

}  // namespace hark::testing
