// Who is spoken of in a log line, a host event or a dead letter.
#pragma once

#include <string>

namespace hark::bus {

struct Identity {
  std::string name;     // of [sources.NAME] or [subscribers.NAME]
  std::string plugin;   // the plugin's id: "com.example.audit"
  std::string version;  // the plugin's
  bool is_source = false;
  std::string library{};  // its file, as it was found
  std::string loaded{};   // the file that is loaded: the same, or a private copy
};

}  // namespace hark::bus
