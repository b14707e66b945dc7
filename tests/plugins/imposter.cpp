// Tries to publish what only the host may, and what breaks the rules; logs what publish said: "hark.fake: HARK_DENIED".
#include "zoo.hpp"

class Imposter {
 public:
  static constexpr auto info = zoo::info("zoo.imposter").hears("go");
  explicit Imposter(hark::Context& ctx) : ctx_(ctx) {}
  void handle(const hark::Delivery&) {
    say("hark.fake", hark::Message("hark.fake", "{}"));
    say("empty type", hark::Message("", "{}"));
    say("bad data", hark::Message("bad", "{\"a\":"));
    say("bad UTF-8", hark::Message("bad", "\"\xff\""));
    say("bad time", hark::Message("bad", "{}").time_text("yesterday"));
    say("bad attribute", hark::Message("bad", "{}").attributes(&bad_, 1));
  }

 private:
  void say(const char* what, const hark::Message& m) {
    ctx_.info(std::string(what) + ": " + hark::code_name(ctx_.try_publish(m)));
  }
  hark::Context& ctx_;
  hark_attr bad_ = hark::attribute("Not-A-Name", "x");
};
HARK_PLUGIN(Imposter);
