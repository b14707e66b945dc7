// hark: the command line.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>

#include "cli/verb.h"
#include "host/plugin_file.h"

namespace hark::cli {
namespace {

constexpr Verb verbs[] = {
    {"run", "Run a configuration until its sources have finished, or SIGTERM or SIGINT",
     "Example: hark run hark.toml < events.ndjson\n"
     "Exit status: 0 all well; 1 events were lost, or the start failed; 70 a plugin ended the host (by a signal: that "
     "of the signal); 78 bad config.",
     declare_run},
    {"check", "Check a configuration and everything it names, and show its routing",
     "Exit status: 0 it can run (a plugin that is not required may still be refused); 78 bad config.", declare_check},
    {"graph", "Draw the routing of a configuration, for Mermaid or Graphviz",
     "Example: hark graph hark.toml --dot | dot -Tsvg > hark.svg\n"
     "Exit status: 0; 78 bad config.",
     declare_graph},
    {"plugin ls", "List the plugins that a configuration can name",
     "Reads the files only: no code of a plugin runs, except with --events. Exit status: 0.", declare_plugin_ls},
    {"plugin check", "Say all there is to know about a plugin's file, and try it out",
     "Its code runs in child processes only. Example: hark plugin check greet.so --options '{\"greeting\":\"hi\"}'\n"
     "Exit status: 0 fine, warnings or not; 1 it is refused, or failed, or could not be tried; 2 wrong usage.",
     declare_plugin_check},
    {"plugin enable", "Let a plugin be loaded that ended the host, or was disabled",
     "Counts from the next start on. Exit status: 0; 1 there is no such plugin; 78 bad config.", declare_plugin_enable},
    {"plugin disable", "Keep a plugin from being loaded until it is enabled",
     "Counts from the next start on. Exit status: 0; 1 there is no such plugin; 78 bad config.",
     declare_plugin_disable},
};

// "plugin ls" hangs below a group "plugin", made when first met.
CLI::App& command_of(CLI::App& app, const std::string& name, std::map<std::string, CLI::App*>& groups) {
  const std::size_t space = name.find(' ');
  if (space == std::string::npos) return *app.add_subcommand(name);
  CLI::App*& group = groups[name.substr(0, space)];
  if (group == nullptr) {
    group = app.add_subcommand(name.substr(0, space), "Work with plugins");
    group->require_subcommand(1);
  }
  return *group->add_subcommand(name.substr(space + 1));
}

// A standard descriptor that is closed would be the number of the next file opened, and `print` would write into a log
// file. What takes its place fails as the closed one did: read() of standard input, write() to the others.
void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    [[maybe_unused]] const int taken =
        ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest free: fd
  }
}

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  CLI::App app{"Hark: hosts event plugins, routes events to them, and goes on whatever they do"};
  app.name("hark");
  app.set_version_flag("--version", std::string("hark ") + host::host_version + " (plugin ABI 1." +
                                        std::to_string(HARK_ABI_MINOR) + ")");
  app.require_subcommand(1);
  int status = 0;
  std::map<std::string, CLI::App*> groups;
  for (const Verb& verb : verbs) {
    CLI::App& command = command_of(app, verb.name, groups);
    command.description(verb.help);
    command.footer(verb.footer);
    command.final_callback([&status, action = verb.declare(command)] { status = action(); });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  return status;
}

}  // namespace
}  // namespace hark::cli

int main(int argc, char** argv) {
  try {
    return hark::cli::main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "hark: %s\n", e.what());
    return 1;
  }
}
