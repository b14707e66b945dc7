#include "events.h"

#include <simdjson.h>

#include <catch2/catch.hpp>

#include "host.h"

namespace hark::e2e {

std::string Event::at(const std::string& name) const {
  const auto it = members.find(name);
  return it == members.end() ? std::string() : it->second;
}

std::vector<Event> parse_events(std::string_view lines) {
  std::vector<Event> events;
  simdjson::dom::parser parser;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    INFO("line " << events.size() + 1 << ": " << lines.substr(0, std::min<std::size_t>(end, 300)));
    REQUIRE(end != std::string_view::npos);  // a torn last line
    Event event;
    event.line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    simdjson::dom::object object;
    REQUIRE(parser.parse(simdjson::padded_string(event.line)).get(object) == simdjson::SUCCESS);
    for (const auto [key, value] : object) {
      std::string_view text;
      std::string& member = event.members[std::string(key)];
      REQUIRE(member.empty());  // no member twice
      member = value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value);
    }
    for (const char* required : {"specversion", "id", "source", "type", "harkuid"}) CHECK(!event.at(required).empty());
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<Event> read_events(const std::filesystem::path& file) { return parse_events(read_text(file)); }

std::vector<Event> of_type(const std::vector<Event>& events, std::string_view type) {
  std::vector<Event> found;
  for (const Event& e : events) {
    if (e.type() == type) found.push_back(e);
  }
  return found;
}

}  // namespace hark::e2e
