#include "input/refusals.h"

#include <string>

namespace hark::input {

void Refusals::refuse(std::string_view input, std::string_view origin, std::string_view why) {
  (void)context_.refuse_input(input, origin, why);
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

}  // namespace hark::input
