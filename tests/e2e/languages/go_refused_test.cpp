// The example in Go, and why it is not for the host's process.
#include <catch2/catch.hpp>

#include "languages.h"

using namespace hark::e2e;

TEST_CASE("plugin check says why the go example cannot run in the host's process") {
  const Workspace w;
  const Ended ended = w.hark({"plugin", "check", w.plugin("tally_go").string()});
  INFO(ended.out << ended.err);
  CHECK(ended.signal == 0);
  CHECK(ended.out.find("Go runtime   yes") != std::string::npos);
  CHECK(ended.out.find("needs a process of its own") != std::string::npos);
  const bool names_it =
      ended.out.find("HARK_CAP_NEEDS_PROC") != std::string::npos || ended.out.find("a Go runtime") != std::string::npos;
  CHECK(names_it);
}

TEST_CASE("the go example is never loaded into the host's process") {
  const Workspace w;
  w.config(from_stdin, to_out_file, tally_of("go", "every = 1", "isolation = \"thread\""));
  const Ended ended = w.run(events({"a", "b"}));
  check_ended_well(ended);
  INFO(ended.err);
  CHECK(ended.err.find("tally: plugin `tally_go` refused: ") != std::string::npos);
  CHECK(w.events("out.ndjson").size() == 2);
}
