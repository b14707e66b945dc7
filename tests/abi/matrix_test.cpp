// Plugins of each minor in hosts of this minor and of the next: each pair through the real executables.
#include <hark/plugin.h>

#include <catch2/catch.hpp>

#include "../e2e/host.h"

using namespace hark::e2e;

namespace {

struct Host {
  unsigned minor;
  const char* binary;
};

#ifdef HARK_NEXT_BINARY
constexpr Host hosts[] = {{HARK_ABI_MINOR, HARK_BINARY}, {HARK_ABI_MINOR + 1, HARK_NEXT_BINARY}};
#else
constexpr Host hosts[] = {{HARK_ABI_MINOR, HARK_BINARY}};
#endif
constexpr unsigned newest = HARK_ABI_MINOR + 1;

Ended run_on(const Host& host, const Workspace& w, const std::vector<std::string>& arguments, std::string_view input) {
  Launch launch = w.launch(arguments);
  launch.command[0] = host.binary;
  Process process(launch);
  process.write(input);
  return process.finish();
}

// `reach` hears a, and out.ndjson what it publishes.
void configure(const Workspace& w, const std::string& plugin) {
  w.config(from_stdin, "[subscribers.reach]\nplugin = \"" + plugin + "\"\non = \"a\"\n",
           "[subscribers.out]\nplugin = \"log-file\"\non = \"reached\"\noptions = { path = \"out.ndjson\" }\n");
}

void check_works(const Host& host, const std::string& plugin, unsigned plugin_minor) {
  const Workspace w;
  configure(w, plugin);
  INFO(plugin << " in a host of 1." << host.minor);
  check_ended_well(run_on(host, w, {"run", "hark.toml"}, numbered("a", 2)));
  const std::vector<Event> reached = w.events("out.ndjson");
  REQUIRE(reached.size() == 2);
  const std::string found = plugin_minor < newest ? "-1" : host.minor < newest ? "0" : "1";
  CHECK(reached[1].data() == "{\"host_minor\":" + std::to_string(host.minor) + ",\"host\":" + found +
                                 ",\"delivery\":" + found + ",\"event\":" + found + "}");
}

}  // namespace

TEST_CASE("a plugin of each minor handles and publishes events in a host of each minor") {
  for (const Host& host : hosts) {
    for (const std::string language : {"c", "sdk"}) {
      for (unsigned minor = 0; minor <= newest; ++minor) {
        check_works(host, "abi_" + language + "_" + std::to_string(minor), minor);
      }
    }
  }
}

TEST_CASE("a plugin that needs the next minor is refused by this host with both versions and what to do") {
  for (const std::string plugin : {"abi_c_needs_next", "abi_sdk_needs_next"}) {
    const Workspace w;
    configure(w, plugin);
    const Ended ended = run_on(hosts[0], w, {"run", "hark.toml"}, numbered("a", 1));
    INFO(ended.err);
    CHECK(ended.status == 0);  // it is not required
    CHECK(count_of(ended.err, "needs plugin ABI 1." + std::to_string(newest) + " or newer, this host has 1." +
                                  std::to_string(HARK_ABI_MINOR) + "; upgrade hark") == 1);
  }
}

#ifdef HARK_NEXT_BINARY
TEST_CASE("a plugin that needs the next minor works in a host that has it") {
  for (const std::string plugin : {"abi_c_needs_next", "abi_sdk_needs_next"}) check_works(hosts[1], plugin, newest);
}
#endif

TEST_CASE("plugin check says of what minor a plugin is in a host of each minor") {
  for (const Host& host : hosts) {
    for (unsigned minor = 0; minor <= newest; ++minor) {
      const Workspace w;
      const fs::path file = w.plugin("abi_c_" + std::to_string(minor));
      const Ended ended = run_on(host, w, {"plugin", "check", file.string()}, "");
      INFO(ended.out << ended.err);
      CHECK(ended.status == 0);
      CHECK(ended.out.find("1." + std::to_string(minor) + ", for hosts with plugin ABI 1.0 or newer") !=
            std::string::npos);
    }
    const Ended ended = run_on(host, Workspace(), {"--version"}, "");
    CHECK(ended.out.find("(plugin ABI 1." + std::to_string(host.minor) + ")") != std::string::npos);
  }
}
