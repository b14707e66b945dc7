// Whether what one plugin publishes is what another hears: two shapes of one event's data, compared.
//
// A pure function. What either side leaves open is no mismatch, except where the publisher leaves open what the
// subscriber insists on.
#pragma once

#include <string>
#include <vector>

#include "config/event_shape.h"

namespace hark::config {

// To be read as: HEARER hears TYPE with field `FIELD`: HEARD, but PUBLISHER BUT.
struct Mismatch {
  std::string field;  // "items[].price", "prices.*" for a map's values; empty: the data itself
  std::string heard;  // "integer, required"
  std::string but;    // "publishes it as text", "does not always publish it"
  friend bool operator==(const Mismatch&, const Mismatch&) = default;
};

std::vector<Mismatch> compare(const EventShape& published, const EventShape& heard);

}  // namespace hark::config
