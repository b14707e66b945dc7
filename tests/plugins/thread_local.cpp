// Touches a thread_local that has a destructor: glibc keeps such a library mapped until the thread ends.
#include "zoo.hpp"

class ThreadLocal {
 public:
  static constexpr auto info = zoo::info("zoo.thread-local").can(HARK_CAP_UNLOADABLE);
  void handle(const hark::Delivery& d) {
    static thread_local std::string last;
    last = std::string(d.event().data()) + " and more than fits in the object itself";
  }
};
HARK_PLUGIN(ThreadLocal);
