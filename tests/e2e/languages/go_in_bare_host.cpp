// go_in_bare_host tally_go.so: the example in Go, alone with the smallest host in a process, and then with a hostile
// one. No test framework: its handlers of signals and Go's would take them from each other.
#include <cstdio>
#include <hark/testing/bare_host.hpp>
#include <hark/testing/hostile_host.hpp>
#include <string>
#include <vector>

namespace {

int failed = 0;

void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failed;
}

void counts_and_publishes(hark::testing::BareHost& host) {
  for (const char* type : {"a", "b", "a"}) check(host.handle(type, "{}").code == HARK_OK, "an event is handled");
  const std::vector<hark::testing::Published> published = host.published();
  check(published.size() == 1, "one tally after three events");
  if (published.empty()) return;
  const hark::testing::Published& tally = published[0];
  check(tally.type == "tally", "its type");
  check(tally.data == R"({"total":3,"types":{"a":2,"b":1},"others":0})", "its data");
  check(tally.cause != 0, "it has a cause");
  check(host.logged("tally published"), "a line in the log");
  check(host.handle("tally", "{}").code == HARK_SKIP, "its own tallies are skipped");
}

void nil_costs_one_event(hark::testing::BareHost& host) {
  const auto answer = host.handle("boom", "{}");
  check(answer.code == HARK_RETRY, "a nil dereference is a failed attempt");
  check(answer.text.find("nil pointer dereference") != std::string::npos, "which says what it was");
  for (const char* type : {"b", "b", "c"}) check(host.handle(type, "{}").code == HARK_OK, "the next event is handled");
  const std::vector<hark::testing::Published> published = host.published();
  check(published.size() == 2, "another tally");
  if (published.size() == 2)
    check(published[1].data == R"({"total":6,"types":{"a":2,"b":3,"c":1},"others":0})", "which counts on");
}

// Without `boom`: the hostile host watches SIGSEGV itself, and then nobody makes a panic of a nil dereference.
void keeps_the_rules(const std::filesystem::path& library) {
  hark::testing::Torment t;
  t.options = R"({"every":2})";
  t.event("a").event("b").event("tally");
  for (const std::string& fault : hark::testing::torment(library, t)) check(false, fault.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path library = argv[1];
  hark::testing::BareHost bad(library);
  check(bad.create(R"({"every":"x"})").code == HARK_INVALID, "options that do not fit are refused");
  hark::testing::BareHost host(library);
  check(host.create(R"({"every":3,"fail_on":"boom"})").code == HARK_OK, "it is created");
  check(host.start().code == HARK_OK, "it starts");
  counts_and_publishes(host);
  nil_costs_one_event(host);
  check(host.stop().code == HARK_OK, "it stops");
  keeps_the_rules(library);
  return failed == 0 ? 0 : 1;
}
