// Linked with a C++ run-time of its own: what it throws no other library can catch. Without the SDK, so that it does
// get out.
#include <stdexcept>

#include "zoo.h"

namespace {

hark_result handle(hark_instance*, const hark_delivery*, hark_error*) {
  throw std::runtime_error("thrown by a private run-time");
}

ZOO_NOTE("zoo.private-runtime", HARK_NOTE_FENCED, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.private-runtime", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);

}  // namespace

extern "C" ZOO_ENTRY()
