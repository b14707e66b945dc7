#include "app/reporter.h"

#include "app/json_object.h"
#include "app/seconds_text.h"
#include "bus/bus.h"
#include "core/stack_sampler.h"
#include "core/text.h"
#include "core/uid.h"
#include "topic/pattern.h"

namespace hark::app {
namespace {

std::string_view code_text(hark_result r) {
  switch (r) {
    case HARK_RETRY: return "RETRY";
    case HARK_REJECT: return "REJECT";
    case HARK_FATAL: return "FATAL";
    default: return "an unknown code";
  }
}

JsonObject about(const bus::Identity& who) {
  JsonObject o;
  o.text("subscriber", who.name).text("plugin", who.plugin);
  return o;
}

void name_event(JsonObject& o, const hark_event& event) {
  o.text("event", core::to_text(core::Uid::from(event.uid))).text("type", core::view(event.type));
}

JsonObject about_event(const bus::Identity& who, const hark_event& event) {
  JsonObject o = about(who);
  name_event(o, event);
  return o;
}

}  // namespace

// A failure while one of the host's own events is handled publishes no further one, or there would be no end.
void Reporter::publish(HostEvent what, std::string_view about, std::string data, const hark_event* cause) {
  bus::HostEvents* events = events_.load(std::memory_order_acquire);
  if (events == nullptr || (cause != nullptr && topic::is_reserved(core::view(cause->type)))) return;
  if (cause == nullptr) return events->post(type_of(what), about, std::move(data));
  const bus::ChainLink link = bus::ChainLink::of(*cause);
  events->post(type_of(what), about, std::move(data), &link);
}

void Reporter::failed(const bus::Failure& f) {
  const std::string what = f.error.empty() ? "answered " + std::string(code_text(f.result)) : log_.redacted(f.error);
  log_.about(f.who, HARK_LOG_ERROR, f.will_retry ? "failed, will be retried" : "failed", what, &f.event, f.attempt);
  JsonObject o = about_event(f.who, f.event);
  o.text("error", what).number("attempt", f.attempt).boolean("will_retry", f.will_retry);
  publish(HostEvent::subscriber_failed, f.who.name, o.done(), &f.event);
}

void Reporter::dead_lettered(const store::DeadLetter& letter, const core::Result<void>& kept) {
  const bus::Identity who{letter.subscriber.empty() ? "hark" : std::string(letter.subscriber), "", "",
                          letter.subscriber.empty()};
  if (!kept) {
    log_.about(who, HARK_LOG_ERROR, "LOST, its dead letter could not be kept", kept.error().message, letter.event,
               letter.attempts);
  } else if (letter.reason != "input") {  // the source says that itself, with the line's number
    log_.about(who, HARK_LOG_WARN, "dead-lettered", std::string(letter.reason) + ": " + std::string(letter.error),
               letter.event, letter.attempts);
  }
  JsonObject o;
  if (letter.subscriber.empty()) {
    o.text("source", core::view(letter.event->source)).text("subject", core::view(letter.event->subject));
  } else {
    o.text("subscriber", letter.subscriber);
  }
  name_event(o, *letter.event);
  o.text("reason", letter.reason)
      .number("attempts", letter.attempts)
      .text("error", log_.redacted(letter.error))
      .boolean("kept", kept.has_value());
  // Input from outside was no event yet, so it is nobody's cause. Refused while a plugin handles an event, it is
  // caused.
  const bool from_outside = letter.reason == "input" && letter.event->hops == 0;
  publish(HostEvent::event_dead_lettered, who.name, o.done(), from_outside ? nullptr : letter.event);
}

void Reporter::dropped(const bus::Identity& who, const hark_event& event, std::string_view reason) {
  log_.about(who, HARK_LOG_WARN, "dropped", reason, &event);
  publish(HostEvent::event_dropped, who.name, about_event(who, event).text("reason", reason).done(), &event);
}

void Reporter::quarantined(const bus::Identity& who, std::uint32_t failures, std::string_view why) {
  log_.about(who, HARK_LOG_ERROR, "quarantined",
             "after " + std::to_string(failures) + " failures in a row: " + std::string(why));
  publish(HostEvent::subscriber_quarantined, who.name,
          about(who).number("failures", failures).text("error", log_.redacted(why)).done());
}

void Reporter::recovered(const bus::Identity& who) {
  log_.about(who, HARK_LOG_INFO, {}, "recovered, and is back in dispatch");
  publish(HostEvent::subscriber_recovered, who.name, about(who).done());
}

void Reporter::held(const bus::Identity& who, std::string_view why, std::chrono::nanoseconds pause) {
  log_.about(who, HARK_LOG_WARN, "paused for " + seconds_text(pause), why.empty() ? "answered AGAIN" : why);
}

void Reporter::spilling(const bus::Identity& who, bus::Spilling what, std::string_view why) {
  switch (what) {
    case bus::Spilling::ended: return log_.about(who, HARK_LOG_INFO, "spill", "its spool is empty again");
    case bus::Spilling::works_again: return log_.about(who, HARK_LOG_INFO, "spill", "its spool can be written again");
    case bus::Spilling::began:
      log_.about(who, HARK_LOG_WARN, "spill",
                 "its queue is full; what follows goes to its spool until it has caught up");
      break;
    case bus::Spilling::slow:
      log_.about(who, HARK_LOG_WARN, "spill",
                 std::string(why) + "; memory holds what comes meanwhile, then publishers wait");
      break;
    case bus::Spilling::failing:
      log_.about(who, HARK_LOG_ERROR, "spill", "its spool fails, memory holds what it can: " + std::string(why));
      break;
  }
  JsonObject data = about(who);
  if (!why.empty()) data.text("error", why);
  publish(HostEvent::subscriber_spilling, who.name, data.done());
}

void Reporter::loop_cut(const hark_event& event, std::string_view publisher, std::string_view chain) {
  const bus::Identity who{std::string(publisher), "", "", true};
  log_.about(who, HARK_LOG_ERROR, "cut a loop of events", chain, &event);
}

void Reporter::misbehaved(const bus::Identity& who, const core::Uid& event, std::string_view what) {
  log_.about(who, HARK_LOG_WARN, "misbehaved", what, event);
}

void Reporter::overstays(const bus::Overstay& call) {
  const bus::Bus* bus = bus_.load(std::memory_order_acquire);
  const std::string chain = bus == nullptr || call.event.is_nil() ? std::string() : bus->chain(call.event);
  const std::string stack = core::stack_text(call.stack);
  std::string text = "in the same call for " + seconds_text(call.since) + "; the others go on";
  if (!chain.empty()) text += "; handling " + chain;
  log_.about(call.who, HARK_LOG_ERROR, "overstays its timeout",
             text + "; its thread is at " + (stack.empty() ? "a place that it does not tell" : stack), call.event);
  JsonObject data = about(call.who);
  if (!call.event.is_nil()) data.text("event", core::to_text(call.event)).text("chain", chain);
  data.number("seconds", std::chrono::duration_cast<std::chrono::seconds>(call.since).count()).text("stack", stack);
  publish(HostEvent::subscriber_overstays, call.who.name, data.done());
}

void Reporter::degraded(bool is, std::size_t stuck) {
  const std::string calls = std::to_string(stuck) + " calls of plugins overstay their timeout";
  log_.write(is ? HARK_LOG_ERROR : HARK_LOG_INFO,
             is ? "not ready: " + calls + " at once" : "ready again: only " + calls);
  publish(is ? HostEvent::host_degraded : HostEvent::host_recovered, "hark",
          JsonObject().number("stuck", stuck).done());
}

}  // namespace hark::app
