// The CloudEvents project's conformance events in JSON: all valid ones must be accepted, all invalid ones refused.
// Usage: cloudevents_json_conformance FOLDER; exit 77 when the folder is not there.
#include <simdjson.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "input/structured_event.h"
#ifdef HARK_WITH_HOST_RULES
#include "core/cloudevents.h"
#endif

namespace {

struct Verdict {
  bool accepted = false;
  std::string reason;
};

// By the rules of structured JSON, then by those of the host. (A line's own rules come before: there an object without
// specversion is no bad CloudEvent, but a plain event.)
Verdict judge(std::string_view text, simdjson::dom::object event) {
  hark::input::StructuredEvent structured;
  hark_message message{};
  message.size = sizeof message;
  message.time_ns = HARK_TIME_ABSENT;
  if (std::string why = structured.read(text, event, message); !why.empty()) return {false, why};
#ifdef HARK_WITH_HOST_RULES
  if (std::string why; !hark::core::check(message, why)) return {false, why};
#endif
  return {true, ""};
}

struct Tally {
  int passed = 0;
  int failed = 0;
};

void run(const std::filesystem::path& file, bool valid, Tally& tally) {
  simdjson::dom::parser reader;
  simdjson::dom::array tests;
  if (reader.load(file.string())["tests"].get_array().get(tests) != simdjson::SUCCESS) {
    std::printf("FAILED %s: no array `tests`\n", file.c_str());
    ++tally.failed;
    return;
  }
  for (const auto test : tests) {
    std::string_view id;
    simdjson::dom::object event;
    const bool readable = test["id"].get_string().get(id) == simdjson::SUCCESS &&
                          test["event"].get_object().get(event) == simdjson::SUCCESS;
    const Verdict verdict = readable ? judge(simdjson::minify(event), event) : Verdict{!valid, "no `event`"};
    const bool passed = verdict.accepted == valid;
    ++(passed ? tally.passed : tally.failed);
    std::printf("%s %.*s%s%s\n", passed ? "ok    " : "FAILED", static_cast<int>(id.size()), id.data(),
                verdict.reason.empty() ? "" : ": ", verdict.reason.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: cloudevents_json_conformance FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  if (!std::filesystem::exists(folder / "valid-events.json")) {
    std::printf("skipped: the conformance events are not in %s\n", folder.c_str());
    return 77;
  }
  Tally tally;
  run(folder / "valid-events.json", true, tally);
  run(folder / "invalid-events.json", false, tally);
  std::printf("%d passed, %d failed\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}
