// A source that declares what it publishes, types or a pattern, and publishes nothing.
#include <hark/plugin.hpp>

namespace {

class Declares {
 public:
  static constexpr auto info = hark::Info("test.declares", "1").source().publishes(DECLARED);
  explicit Declares(hark::Context& ctx) : ctx_(ctx) {}
  void start() { ctx_.finished(); }
  void stop() {}

 private:
  hark::Context& ctx_;
};

}  // namespace

HARK_PLUGIN(Declares);
