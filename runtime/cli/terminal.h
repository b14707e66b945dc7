// What the terminal on the other side wants.
#pragma once

namespace hark::cli {

// True for a terminal that knows how to go back and clear a line.
bool can_redraw(int fd);

// True for a terminal that shows colours, unless NO_COLOR is set (https://no-color.org).
bool wants_colour(int fd);

}  // namespace hark::cli
