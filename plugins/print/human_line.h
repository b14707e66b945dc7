// One event as a line for a person at a terminal.
#pragma once

#include <hark/plugin.h>

#include <string>

namespace hark::print {

// Appends `12:03:04.123 error.disk  /hark/in disk0  0b9f21c7  {"free":0}` without a line break: local time, type,
// source and subject, the end of the uid (its random part), data cut short. What could steer a terminal (control
// characters, invalid UTF-8) is shown and not sent. `colour`: by what kind of event it is.
void append_human_line(std::string& out, const hark_event& event, bool colour);

}  // namespace hark::print
