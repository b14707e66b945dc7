// The command line as one table: each verb is a row, and a file of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace hark::cli {

inline constexpr int exit_usage = 2;

struct Verb {
  const char* name;    // "plugin ls": a verb of a group
  const char* help;    // one line
  const char* footer;  // what --help says below the options: an example, the exit codes
  // Declares options on the sub-command and returns what to do once they are parsed; the answer is the exit status.
  std::function<int()> (*declare)(CLI::App& command);
};

std::function<int()> declare_run(CLI::App& command);
std::function<int()> declare_check(CLI::App& command);
std::function<int()> declare_graph(CLI::App& command);
std::function<int()> declare_plugin_ls(CLI::App& command);
std::function<int()> declare_plugin_check(CLI::App& command);
std::function<int()> declare_plugin_enable(CLI::App& command);
std::function<int()> declare_plugin_disable(CLI::App& command);

}  // namespace hark::cli
