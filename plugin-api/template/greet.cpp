// Answers each `hi` with a `greeted`.
#include <hark/plugin.hpp>

// One object for each [subscribers.NAME] that names this plugin. The host calls its functions one at a time, unless
// `info` asks for something else.
class Greet {
 public:
  // Read from the file before any code of it runs: a stable id of your own, a version, what it hears when the config
  // does not say, and all it may publish.
  static constexpr auto info = hark::Info("com.example.greet", "0.1.0").hears("hi").publishes("greeted");

  // The host's services, and this instance's name and options (ctx.options() is JSON text). Throw to refuse to start.
  explicit Greet(hark::Context& ctx) : ctx_(ctx) {}

  // Called for each event. To return is to be done with it; to throw hark::Reject gives it up for good, anything else
  // has it delivered again later. Views (type, data) end with the call.
  void handle(const hark::Delivery& d) {
    ctx_.log(hark::Level::info, d, "hi heard");
    ctx_.publish("greeted", d.event().has_data() ? d.event().data() : "{}");
  }

 private:
  hark::Context& ctx_;
};

HARK_PLUGIN(Greet);
