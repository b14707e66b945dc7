// Raises an alert for each error, and cannot cope with critical ones: what it throws costs nobody but itself.
#include <stdexcept>

#include "error_event.h"

namespace examples {

struct AlertRaised {
  std::string message;
  std::string severity;
};
HARK_EVENT(AlertRaised, "alert.raised", message, severity);

struct AlerterOptions {
  std::string fails_on = "CRITICAL";
};
HARK_FIELDS(AlerterOptions, HARK_DEFAULT(fails_on));

class Alerter : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("dev.hark.examples.alerter", "1.0.0")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .hears(hark::event<ErrorEvent>)
                                   .publishes(hark::event<AlertRaised>)
                                   .options(R"({
            "type": "object",
            "properties": {
              "fails_on": {"type": "string", "description": "the severity that it throws at; empty: none"}
            },
            "additionalProperties": false
          })");

  explicit Alerter(hark::Context& ctx) : Typed(ctx), options_(hark::options<AlerterOptions>(ctx)) {
    on<ErrorEvent>([this](const ErrorEvent& e) { raise(e); });
  }

 private:
  void raise(const ErrorEvent& e) {
    if (!options_.fails_on.empty() && e.severity == options_.fails_on) {
      throw std::runtime_error("the pager does not answer: " + e.message);
    }
    publish(AlertRaised{e.message, e.severity});
  }

  AlerterOptions options_;
};

}  // namespace examples

HARK_PLUGIN(examples::Alerter);
