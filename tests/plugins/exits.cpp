// Ends the process from handle(): exit(status), or _exit(status) when the event has {"how": "_exit"}. With "fork" a
// child does, which harms nobody.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "zoo.hpp"

class Exits {
 public:
  static constexpr auto info = zoo::info("zoo.exits");
  void handle(const hark::Delivery& d) {
    const int status = static_cast<int>(zoo::number(d.event().data(), "status", 0));
    if (zoo::text(d.event().data(), "how") == "_exit") ::_exit(status);
    if (zoo::text(d.event().data(), "how") == "fork") {
      const pid_t child = fork();
      if (child != 0) return static_cast<void>(waitpid(child, nullptr, 0));
    }
    std::exit(status);  // NOLINT(concurrency-mt-unsafe): what it is for
  }
};
HARK_PLUGIN(Exits);
