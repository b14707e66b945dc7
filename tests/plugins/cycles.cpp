// Misbehaves while it is created or destroyed, as option `how` says: leaks, aborts, exits, hangs, fails, talks.
#include <fcntl.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "zoo.hpp"

class Cycles {
 public:
  static constexpr auto info = zoo::info("zoo.cycles")
                                   .options(R"({
    "type": "object", "additionalProperties": false, "required": ["how"],
    "properties": {
      "how":  {"enum": ["well", "leaks", "aborts", "exits", "hangs", "fails", "talks"], "description": "what it does"},
      "size": {"type": "integer", "minimum": 1, "maximum": 65536, "default": 100}
    }})")
                                   .hears("a.*")
                                   .publishes("b");

  explicit Cycles(hark::Context& ctx) : how_(zoo::text(ctx.options(), "how")) {
    if (how_ == "leaks") {
      char* kept = static_cast<char*>(std::malloc(static_cast<std::size_t>(zoo::number(ctx.options(), "size", 100))));
      kept[0] = 'x';
      asm volatile("" : : "g"(kept) : "memory");  // or the compiler leaves the leak out
      open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (how_ == "aborts") std::abort();
    if (how_ == "exits") std::exit(3);
    if (how_ == "fails") throw std::runtime_error("no paper");
    if (how_ == "talks") {
      std::puts("printed");
      std::fflush(stdout);
      ctx.info("logged", {{"k", "v"}});
    }
  }
  void handle(const hark::Delivery&) {}
  void stop() {
    while (how_ == "hangs") std::this_thread::sleep_for(std::chrono::seconds(1));
  }

 private:
  std::string how_;
};
HARK_PLUGIN(Cycles);
