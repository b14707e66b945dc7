// Loads the plugin as a host does: once under a host that does what the test tells it to, and once under the worst that
// it may meet.
#include <cstdio>
#include <hark/testing/bare_host.hpp>
#include <hark/testing/hostile_host.hpp>

namespace {

bool answers_hi_with_greeted(const char* library) {
  hark::testing::BareHost host{std::filesystem::path(library)};
  if (host.create().code != HARK_OK || host.start().code != HARK_OK) return false;
  const hark::testing::Answered answer = host.handle("hi", R"({"from":"ana"})");
  const auto published = host.published();
  if (answer.code == HARK_OK && published.size() == 1 && published[0].type == "greeted") return true;
  std::fprintf(stderr, "answer %d %s, %zu published\n", answer.code, answer.text.c_str(), published.size());
  return false;
}

bool keeps_the_rules(const char* library) {
  hark::testing::Torment t;
  t.event("hi").event("hi", R"({"from":"ana"})");
  const auto faults = hark::testing::torment(std::filesystem::path(library), t);
  for (const std::string& fault : faults) std::fprintf(stderr, "%s\n", fault.c_str());
  return faults.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const bool good = answers_hi_with_greeted(argv[1]);
  return keeps_the_rules(argv[1]) && good ? 0 : 1;
}
