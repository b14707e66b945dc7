// C++ without the SDK: throws across the ABI, and its note does not say FENCED.
#include <stdexcept>

#include "zoo.h"

namespace {

hark_result handle(hark_instance*, const hark_delivery*, hark_error*) {
  throw std::runtime_error("thrown across the ABI");
}

ZOO_NOTE("zoo.unfenced", 0, HARK_CAP_SUBSCRIBER);
ZOO_TABLE("zoo.unfenced", HARK_CAP_SUBSCRIBER, .create = zoo_create, .handle = handle, .destroy = zoo_destroy);

}  // namespace

extern "C" ZOO_ENTRY()
