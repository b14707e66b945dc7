// SPDX-License-Identifier: Apache-2.0
// From the events that an author gives, those that a host may make of them: every shape that CloudEvents and plugin.h
// allow, most of them never seen in a quiet test.
#pragma once

#include <hark/testing/hostile/mood.hpp>
#include <hark/testing/records.hpp>
#include <string>
#include <vector>

namespace hark::testing::hostile {

// data: JSON types carry JSON text, of any kind and depth; other types carry any bytes.
inline void make_strange(Given& g, Random& random) {
  static const std::string json[] = {"null",
                                     "[]",
                                     "\"\"",
                                     "-0",
                                     "1e400",
                                     "{\"a\":{\"a\":1},\"a\":2}",
                                     " {} ",
                                     "\"\\u0000\\ud83d\\ude00\"",
                                     std::string(64, '[') + std::string(64, ']'),
                                     "{\"message\":null,\"severity\":[1,2],\"code\":99999999999999999999}"};
  const auto text = [&](std::size_t n) { return std::string(n, static_cast<char>('a' + random.below(26))); };
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2: g.data = json[random.below(10)]; break;
    case 3: g.has_data = false; break;  // "p NULL: no data (not: empty)"
    case 4: g.data.clear(), g.content_type = "text/plain"; break;
    case 5: g.data = "\xFF\xFE not text \x01\n", g.content_type = "application/octet-stream", g.binary = true; break;
    case 6: g.data = text(100'000), g.content_type = "text/plain; charset=utf-8"; break;
    case 7: g.type = text(300) + "." + text(300); break;
    case 8:
      for (int i = 0; i < 40; ++i) g.attributes.emplace_back(text(60) + std::to_string(i), text(1000));
      break;
    default: g.data = "a\nb\r\n\tc", g.content_type = "text/plain";
  }
  if (random.one_in(3)) g.id.clear();  // "empty: the text of uid is the id"
  if (random.one_in(3))
    g.content_type = g.content_type == "application/json" ? "application/vnd.x+JSON" : g.content_type;
  if (random.one_in(3)) g.subject = "\xE2\x82\xAC/" + text(500);
  if (random.one_in(3)) g.key = std::string("\0\xFFkey", 5) + text(3);
  if (random.one_in(3)) g.schema = "https://example.com/" + text(50);
  if (random.one_in(3)) g.time_ns = random.one_in(2) ? INT64_MAX : INT64_MIN + 1;
  if (random.one_in(3)) g.time_text = "2026-02-28T23:59:60.123456789-23:59";
}

// One event for each of the author's, of which some come more than once, in an order of this life.
inline std::vector<Given> events_of_life(const std::vector<Given>& given, const Mood& mood, Random& random) {
  std::vector<Given> events = given;
  while (events.size() < 12) events.push_back(given[random.below(static_cast<std::uint32_t>(given.size()))]);
  for (std::size_t i = given.size(); i < events.size(); ++i) {
    if (mood.strange_data) make_strange(events[i], random);
  }
  for (std::size_t i = events.size(); i > 1; --i)
    std::swap(events[i - 1], events[random.below(static_cast<std::uint32_t>(i))]);
  return events;
}

}  // namespace hark::testing::hostile
