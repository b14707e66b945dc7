// `zoo.subscribe` {"pattern": "a.*"} subscribes, `zoo.unsubscribe` {"pattern": "a.*"} ends it. Anything else it hears
// is published as `heard` {"type": ..., "dynamic": whether by one of these}.
#include <map>

#include "zoo.hpp"

class Subscribes {
 public:
  static constexpr auto info = zoo::info("zoo.subscribes").hears("zoo.*");
  explicit Subscribes(hark::Context& ctx) : ctx_(ctx) {}
  hark::Result handle(const hark::Delivery& d) {
    const std::string_view type = d.event().type();
    const std::string pattern = zoo::text(d.event().data(), "pattern");
    if (type == "heard") return hark::skip;
    if (type == "zoo.subscribe") {
      kept_[pattern] = ctx_.subscribe(pattern);
    } else if (type == "zoo.unsubscribe") {
      kept_.erase(pattern);
    } else {
      ctx_.publish("heard", "{\"type\":\"" + std::string(type) +
                                "\",\"dynamic\":" + (d.subscription() != 0 ? "true" : "false") + "}");
    }
    return hark::ok;
  }

 private:
  hark::Context& ctx_;
  std::map<std::string, hark::Subscription> kept_;
};
HARK_PLUGIN(Subscribes);
