#include "host/exit_guard.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "bus/call_scope.h"
#include "core/text.h"
#include "core/uid.h"

namespace hark::host {
namespace {

void look_who_exits() {
  const bus::CallScope* call = bus::current_call;
  if (call == nullptr) return;
  std::string line = "hark: plugin " + call->who->plugin + " " + call->who->version + " (" + call->who->name +
                     ") ended the host by calling exit()";
  if (!call->deliveries.empty()) {
    const hark_event& event = *call->deliveries.front().event;
    line += " while handling event " + core::to_text(core::Uid::from(event.uid)) + " of type `" +
            std::string(core::view(event.type)) + "`";
    if (call->deliveries.size() > 1) line += " and " + std::to_string(call->deliveries.size() - 1) + " more";
  }
  line += "; exit status 70\n";
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
  _exit(exit_ended_by_plugin);
}

}  // namespace

void install_exit_guard() { std::atexit(look_who_exits); }

}  // namespace hark::host
