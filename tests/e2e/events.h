// CloudEvents, one a line, as print, log-file and the dead letters write them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hark::e2e {

// A member's text: a string's content, of anything else its JSON. Absent: empty.
struct Event {
  std::map<std::string, std::string> members;
  std::string line;
  std::string at(const std::string& name) const;
  std::string type() const { return at("type"); }
  std::string data() const { return at("data"); }
};

// Fails the test when a line is not a whole JSON object with what every CloudEvent has.
std::vector<Event> parse_events(std::string_view lines);
// Of a file; none when it does not exist.
std::vector<Event> read_events(const std::filesystem::path& file);
std::vector<Event> of_type(const std::vector<Event>& events, std::string_view type);

}  // namespace hark::e2e
