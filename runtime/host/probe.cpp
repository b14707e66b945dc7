#include "host/probe.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "host/child.h"
#include "host/library.h"

namespace hark::host {
namespace {

core::Result<void> verdict(const ChildEnd& end, std::chrono::milliseconds patience) {
  if (end.in_time && end.tells("loaded") && end.status == 0) return {};
  if (const std::string* refused = end.value("refused")) return core::fail(on_one_line(*refused));
  const std::string text = end.said.empty() ? std::string() : ": " + on_one_line(end.said);
  if (!end.in_time) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience).count();
    return core::fail("its constructors were not done after " + std::to_string(seconds) + " s" + text);
  }
  if (WIFSIGNALED(end.status)) {
    return core::fail(std::string("its constructors ended the process that tried it (") +
                      strsignal(WTERMSIG(end.status)) + ")" + text);
  }
  return core::fail("its constructors called exit(" + std::to_string(WEXITSTATUS(end.status)) + ")" + text);
}

}  // namespace

core::Result<void> probe_library(const std::filesystem::path& file, std::chrono::milliseconds patience) {
  const std::string remembered = file.string() + ".probed";
  if (::access(remembered.c_str(), F_OK) == 0) return {};
  const auto end = in_child(patience, [&file](const Teller& out) {
    const auto loaded = load_library(file);
    out.tell(loaded ? "loaded" : "refused", loaded ? std::string_view() : loaded.error().message);
  });
  if (!end) return std::unexpected(end.error());
  auto result = verdict(*end, patience);
  if (result) ::close(::open(remembered.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return result;
}

}  // namespace hark::host
