#include "worker/contain.h"

#include <unistd.h>

#include <chrono>

#include "worker/remote_plugin.h"

namespace hark::worker {
namespace {

constexpr std::chrono::seconds patience(10);  // for it to say what it is

}  // namespace

std::filesystem::path worker_program() {
  std::error_code failed;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "hark-worker";
  return !failed && ::access(beside.c_str(), X_OK) == 0 ? beside : std::filesystem::path(HARK_WORKER);
}

core::Result<host::PluginFile> load_plugin(const std::filesystem::path& file, const host::LoadOptions& options,
                                           std::uint64_t max_event) {
  auto plugin = host::load_plugin(file, options);
  if (!plugin || plugin->process_because.empty()) return plugin;
  const std::filesystem::path program = worker_program();
  if (::access(program.c_str(), X_OK) != 0) {
    return core::fail("needs a process of its own (" + plugin->process_because + "), and " + program.string() +
                      " is not there; install hark-worker beside hark");
  }
  auto described = host::describe_plugin(*plugin, patience);
  if (!described) return std::unexpected(std::move(described.error()));
  auto remote = std::make_shared<RemotePlugin>(
      std::move(*described), LinkOptions{program, plugin->loaded(), file.filename().string(), max_event});
  plugin->table = &remote->table();
  plugin->contained = std::move(remote);
  return plugin;
}

}  // namespace hark::worker
