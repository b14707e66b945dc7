// Code of a stranger in a child process: whatever it does ends that one, not the host.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace hark::host {

// How the child tells its parent something that its standard output does not get mixed into. Child's side.
class Teller {
 public:
  explicit Teller(int fd) : fd_(fd) {}
  void tell(std::string_view key, std::string_view value = {}) const;

 private:
  int fd_;
};

struct ChildEnd {
  struct Told {
    std::string key, value;
  };
  std::vector<Told> told;
  std::string said;     // the end of what it wrote to standard output and error, at most 4096 bytes
  bool in_time = true;  // false: it told nothing for as long as patience, and was killed
  int status = 0;       // as waitpid() has it

  const std::string* value(std::string_view key) const;  // the last one told, or nullptr
  bool tells(std::string_view key) const { return value(key) != nullptr; }
};

// Runs the body in a forked child, with standard input from /dev/null, until it returns (and is ended by _exit(0)),
// ends in another way, or tells nothing for as long as patience. Called before the process has threads.
core::Result<ChildEnd> in_child(std::chrono::milliseconds patience, const std::function<void(const Teller&)>& body);

// "a\nb\n" -> "a b"
std::string on_one_line(std::string text);

}  // namespace hark::host
