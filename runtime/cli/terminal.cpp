#include "cli/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace hark::cli {

bool can_redraw(int fd) {
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool wants_colour(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  return can_redraw(fd) && (no_color == nullptr || *no_color == '\0');
}

}  // namespace hark::cli
