// Answers as the event says: {"answer": -3, "text": "why"}. Any code, known or not. {"until": 3} makes it HARK_OK from
// the third attempt on.
#include "zoo.hpp"

class Answers {
 public:
  static constexpr auto info = zoo::info("zoo.answers").in_flight(8);
  hark::Result handle(const hark::Delivery& d) {
    const std::string_view data = d.event().data();
    if (d.attempt() >= zoo::number(data, "until", 1 << 30)) return hark::ok;
    return hark::Result(static_cast<hark_result>(zoo::number(data, "answer", 0)), zoo::text(data, "text"));
  }
};
HARK_PLUGIN(Answers);
