// Mails each error; slow on purpose, as mail servers are: a subscriber that nobody else has to wait for.
#include <fstream>
#include <thread>

#include "error_event.h"

namespace examples {

struct MailSent {
  std::string to;
  std::string subject;
};
HARK_EVENT(MailSent, "mail.sent", to, subject);

struct MailerOptions {
  std::string to = "ops@example.com";
  std::int64_t delay_ms = 500;
  std::string outbox;
};
HARK_FIELDS(MailerOptions, HARK_DEFAULT(to), HARK_DEFAULT(delay_ms), HARK_DEFAULT(outbox));

class Mailer : public hark::Typed {
 public:
  static constexpr auto info = hark::Info("dev.hark.examples.mailer", "1.0.0")
                                   .vendor("Hark")
                                   .license("Apache-2.0")
                                   .hears(hark::event<ErrorEvent>)
                                   .publishes(hark::event<MailSent>)
                                   .can(HARK_CAP_FS_WRITE)
                                   .options(R"({
            "type": "object",
            "properties": {
              "to":       {"type": "string", "minLength": 1, "description": "whom to write to"},
              "delay_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "how long one mail takes"},
              "outbox":   {"type": "string", "description": "file that mails are appended to; empty: none is kept"}
            },
            "additionalProperties": false
          })");

  explicit Mailer(hark::Context& ctx) : Typed(ctx), options_(hark::options<MailerOptions>(ctx)) {
    if (!options_.outbox.empty()) {
      outbox_.open(options_.outbox, std::ios::app);
      if (!outbox_) throw hark::Reject("cannot write the outbox \"" + options_.outbox + "\"");
    }
    on<ErrorEvent>([this](const ErrorEvent& e, const hark::Delivery& d) { send(e, d); });
  }

 private:
  void send(const ErrorEvent& e, const hark::Delivery& d) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options_.delay_ms));
    const std::string subject = e.severity + ": " + e.message + (e.code ? " (" + std::to_string(*e.code) + ")" : "");
    if (outbox_.is_open()) keep(subject, d);
    try {
      publish(MailSent{options_.to, subject});
    } catch (const hark::PublishFailed& failed) {  // let through, it would have the mail sent a second time
      context().log(hark::Level::warn, d, failed.what());
    }
  }

  void keep(const std::string& subject, const hark::Delivery& d) {
    outbox_ << "To: " << options_.to << "\nSubject: " << subject << "\nEvent: " << d.event().uid().text() << "\n\n"
            << std::flush;
    if (outbox_) return;
    outbox_.clear();
    throw hark::Again("cannot write the outbox \"" + options_.outbox + "\"");
  }

  MailerOptions options_;
  std::ofstream outbox_;
};

}  // namespace examples

HARK_PLUGIN(examples::Mailer);
