#include "refusals.h"

#include <string>

namespace hark::stdin_source {

void Refusals::refuse(const Line& line, std::string_view why) {
  const std::string origin = "stdin line " + std::to_string(line.number);
  (void)context_.refuse_input(line.text, origin, why);
  if (const std::int64_t now = context_.now_ns(); now >= window_end_ns_) {
    tell_rest();
    window_end_ns_ = now + window_ns;
    told_ = 0;
  }
  if (told_ == told_each_window) {
    ++untold_;
    return;
  }
  ++told_;
  context_.warn("input line refused", {{"origin", origin}, {"reason", why}});
}

void Refusals::tell_rest() {
  if (untold_ == 0) return;
  context_.warn("more input lines refused", {{"count", std::to_string(untold_)}});
  untold_ = 0;
}

}  // namespace hark::stdin_source
