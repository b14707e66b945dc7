#include "host/crash_record.h"

#include <string.h>

#include "core/text.h"
#include "core/uid.h"

namespace hark::host {

std::string end_text(const CrashRecord& r) {
  switch (r.by) {
    case EndedBy::exit: return "exit()";
    case EndedBy::underscore_exit: return "_exit(" + std::to_string(r.number) + ")";
    case EndedBy::signal: break;
  }
  const char* name = sigabbrev_np(r.number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(r.number);
}

std::string doing_text(const CrashRecord& r) {
  if (r.in_call == 0) return "in a thread of its own";
  if (r.deliveries == 0) return "in a call that handles no event";
  std::string text =
      "handling event " + core::to_text(core::Uid::from(r.event)) + " of type `" + core::one_line(field(r.type)) + "`";
  if (r.deliveries > 1) text += " and " + std::to_string(r.deliveries - 1) + " more";
  return text;
}

}  // namespace hark::host
