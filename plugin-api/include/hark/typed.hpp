// SPDX-License-Identifier: Apache-2.0
// hark/typed.hpp - typed events over hark/plugin.hpp: a struct instead of JSON text. Build with
// hark_add_plugin(... TYPED). How a struct is declared: hark/sdk/fields.hpp.
//
//   struct ErrorEvent { std::string message; std::string severity = "ERROR"; std::optional<int> code; };
//   HARK_EVENT(ErrorEvent, "error_occurred", message, HARK_DEFAULT(severity), code);
//
//   class Mailer : public hark::Typed {
//    public:
//     static constexpr auto info = hark::Info("com.example.mailer", "1.0.0")
//                                      .hears(hark::event<ErrorEvent>)
//                                      .publishes(hark::event<MailSent>);
//     explicit Mailer(hark::Context& ctx) : Typed(ctx) {
//       on<ErrorEvent>([this](const ErrorEvent& e) { publish(MailSent{e.message}); });
//     }
//   };
//   HARK_PLUGIN(Mailer);
//
// A payload that does not fit is rejected (dead-lettered) with what is wrong with it, "field `severity`: expected text,
// found number"; the handler does not see it. What hark::event names is described to the host by a JSON Schema, and
// told at load where a publisher and a subscriber of it do not mean the same.
#pragma once

#include <algorithm>
#include <functional>
#include <hark/cloudevents.hpp>
#include <hark/plugin.hpp>
#include <hark/sdk/schema.hpp>

namespace hark {

// Reads an event's data. Its type is not looked at.
template <class T>
Decoded<T> decode(const Event& e) {
  if (!e.has_data()) return {std::nullopt, "expected a JSON object, found no data"};
  if (e.binary()) return {std::nullopt, "expected a JSON object, found binary data"};
  if (!is_json_content_type(e.content_type())) {
    return {std::nullopt, "expected a JSON object, found " + std::string(e.content_type().substr(0, 80))};
  }
  return from_json<T>(e.data());
}

// Publishes a declared event. Throws PublishFailed as Context::publish does, Reject when a field has no JSON form.
template <class E>
Uid publish(const Context& ctx, const E& event) {
  const Decoded<std::string> text = to_json(event);
  if (!text) throw Reject("publish \"" + std::string(type_of<E>) + "\": " + text.problem);
  return ctx.publish(Message(type_of<E>, *text.value).checked());
}

// The instance's options as a struct declared with HARK_FIELDS. Throws Reject, from a constructor: the instance is not
// created; a schema in Info::options finds the same before, with the place in the config.
template <class T>
T options(const Context& ctx) {
  Decoded<T> o = from_json<T>(ctx.options().empty() ? std::string_view("{}") : std::string_view(ctx.options()));
  if (!o) throw Reject("options: " + o.problem);
  return std::move(*o.value);
}

// A base class: its handle() gives an event to the handler registered for exactly its type, and answers HARK_SKIP where
// there is none. A class that wants the rest too has a handle() of its own, which asks dispatch() first.
//
// Thread: on() in the constructor only; dispatch() as the plugin's threading model says.
class Typed {
 public:
  Typed(const Typed&) = delete;
  Typed& operator=(const Typed&) = delete;

  Result handle(const Delivery& d) {
    std::optional<Result> r = dispatch(d);
    return r ? std::move(*r) : Result(skip);
  }

  // For the SDK, once the constructor is done. Info that describes what it hears describes all of it: a handler for
  // another struct, or of one that it does not name, would hear what nobody was told of.
  void agree_with(const Info& info) const {
    std::vector<EventType> heard;
    info.each_event([&](std::uint32_t direction, const EventType& e) {
      if (direction == HARK_EVENT_HEARD) heard.push_back(e);
    });
    if (heard.empty()) return;
    for (const Handler& h : handlers_) {
      const auto same = [&h](const EventType& e) { return h.type == e.type && h.schema == e.schema; };
      if (std::none_of(heard.begin(), heard.end(), same)) {
        throw Reject("on<>() handles \"" + std::string(h.type) +
                     "\", which info does not describe: add its hark::event to Info::hears()");
      }
    }
  }

 protected:
  explicit Typed(Context& ctx) : ctx_(ctx) {}
  ~Typed() = default;

  // f(const E&) or f(const E&, const hark::Delivery&); returns void, or what converts to Result. One for each type.
  template <class E, class F>
  void on(F f) {
    for (const Handler& h : handlers_) {
      if (h.type == type_of<E>) throw Reject(std::string("two handlers for the type ") + type_of<E>);
    }
    handlers_.push_back({type_of<E>, hark::event<E>.schema, [f = std::move(f)](const Delivery& d) mutable -> Result {
                           const Decoded<E> event = decode<E>(d.event());
                           if (!event) return Reject(event.problem);
                           return call(f, *event.value, d);
                         }});
  }

  // The answer of the type's handler, or nothing when there is none.
  std::optional<Result> dispatch(const Delivery& d) {
    const std::string_view type = d.event().type();
    for (Handler& h : handlers_) {
      if (h.type == type) return h.call(d);
    }
    return std::nullopt;
  }

  template <class E>
  Uid publish(const E& event) const {
    return hark::publish(ctx_, event);
  }

  Context& context() const { return ctx_; }

 private:
  struct Handler {
    std::string_view type;
    const char* (*schema)();
    std::function<Result(const Delivery&)> call;
  };

  template <class F, class E>
  static Result call(F& f, const E& event, const Delivery& d) {
    const auto run = [&] {
      if constexpr (std::is_invocable_v<F&, const E&, const Delivery&>) {
        return f(event, d);
      } else {
        return f(event);
      }
    };
    if constexpr (std::is_void_v<decltype(run())>) {
      run();
      return ok;
    } else {
      return run();
    }
  }

  Context& ctx_;
  std::vector<Handler> handlers_;
};

}  // namespace hark
