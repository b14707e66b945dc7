// What a plugin says of its events, and what a broken one may say.
#include "host/described_events.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hark::host;

namespace {

const hark_ext_events* given = nullptr;  // what the extension answers

hark_plugin plugin() {
  hark_plugin p{};
  p.size = sizeof p;
  p.extension = [](const hark_plugin*, const char* id) -> const void* {
    return std::string_view(id) == "hark.events/1" ? given : nullptr;
  };
  return p;
}

const hark_event_type heard{sizeof(hark_event_type), HARK_EVENT_HEARD, "a", "{}"},
    published{sizeof(hark_event_type), HARK_EVENT_PUBLISHED, "b", "{ }"},
    unknown{sizeof(hark_event_type), 9, "c", "{}"}, no_type{sizeof(hark_event_type), HARK_EVENT_HEARD, nullptr, "{}"},
    too_short{8, HARK_EVENT_HEARD, "a", "{}"};

std::string fault(const hark_ext_events& events) {
  given = &events;
  const auto read = described_events(plugin());
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("a plugin without the extension describes nothing") {
  hark_plugin p = plugin();
  given = nullptr;
  CHECK(described_events(p)->empty());
  p.extension = nullptr;
  CHECK(described_events(p)->empty());
}

TEST_CASE("described events are read with their direction and an unknown direction is left out") {
  const hark_event_type* items[] = {&heard, &unknown, &published};
  const hark_ext_events events{sizeof events, 3, items};
  given = &events;
  const auto read = described_events(plugin());
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0).heard);
  CHECK(read->at(0).type == "a");
  CHECK_FALSE(read->at(1).heard);
  CHECK(read->at(1).schema == "{ }");
}

TEST_CASE("a broken table of events is refused and not followed") {
  const hark_event_type* null_item[] = {nullptr};
  const hark_event_type* untyped[] = {&heard, &no_type};
  const hark_event_type* cut[] = {&too_short};
  CHECK(fault({8, 1, null_item}).find("too short") != std::string::npos);
  CHECK(fault({sizeof(hark_ext_events), 1025, null_item}).find("more than 1024") != std::string::npos);
  CHECK(fault({sizeof(hark_ext_events), 1, nullptr}).find("none where it counts some") != std::string::npos);
  CHECK(fault({sizeof(hark_ext_events), 1, null_item}).find("event 0") != std::string::npos);
  CHECK(fault({sizeof(hark_ext_events), 2, untyped}).find("event 1") != std::string::npos);
  CHECK(fault({sizeof(hark_ext_events), 1, cut}).find("event 0") != std::string::npos);
}

TEST_CASE("what the extension function throws becomes an error") {
  hark_plugin p = plugin();
  p.extension = [](const hark_plugin*, const char*) -> const void* { throw std::runtime_error("not now"); };
  CHECK(described_events(p).error().message == "its extension function threw: not now");
  p.extension = [](const hark_plugin*, const char*) -> const void* { throw 5; };
  CHECK_FALSE(described_events(p));
}
