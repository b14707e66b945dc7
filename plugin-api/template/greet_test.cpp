// Loads the plugin as a host does, hands it one event, and looks at what it published.
#include <cstdio>
#include <hark/testing/bare_host.hpp>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  hark::testing::BareHost host{std::filesystem::path(argv[1])};
  if (host.create().code != HARK_OK || host.start().code != HARK_OK) return 1;
  const hark::testing::Answered answer = host.handle("hi", R"({"from":"ana"})");
  const auto published = host.published();
  if (answer.code != HARK_OK || published.size() != 1 || published[0].type != "greeted") {
    std::fprintf(stderr, "answer %d %s, %zu published\n", answer.code, answer.text.c_str(), published.size());
    return 1;
  }
  return 0;
}
