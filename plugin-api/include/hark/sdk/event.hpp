// SPDX-License-Identifier: Apache-2.0
// Views of what the host hands over, and the message a plugin publishes.
//
// Everything here borrows: an Event or Delivery is valid during the call it was passed to (keep one with
// Context::retain), a Message until publish returned. No allocation, except where a std::string is returned.
#pragma once

#include <hark/sdk/result.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace hark {

// The name that the host gives an event: a UUIDv7.
struct Uid {
  std::array<std::uint8_t, 16> bytes{};

  bool empty() const noexcept { return bytes == std::array<std::uint8_t, 16>{}; }
  std::string text() const {  // 8-4-4-4-12, lower case
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
      out += digits[bytes[i] >> 4];
      out += digits[bytes[i] & 15];
    }
    return out;
  }
  friend bool operator==(const Uid& a, const Uid& b) { return a.bytes == b.bytes; }
  friend bool operator!=(const Uid& a, const Uid& b) { return a.bytes != b.bytes; }
};

// A CloudEvent. Text attributes are empty when absent.
class Event {
 public:
  explicit Event(const hark_event* e) : e_(e) {}

  std::string_view type() const { return view(e_->type); }
  std::string_view source() const { return view(e_->source); }
  std::string_view subject() const { return view(e_->subject); }
  std::string_view content_type() const { return view(e_->content_type); }
  std::string_view schema() const { return view(e_->schema); }
  std::string_view key() const { return view(e_->key); }
  // The id as its producer gave it, else the uid's text.
  std::string id() const { return e_->id.n != 0 ? std::string(view(e_->id)) : uid().text(); }

  bool has_data() const { return e_->data.p != nullptr; }  // no data is not the same as empty data
  std::string_view data() const { return view(e_->data); }
  bool binary() const { return (e_->flags & HARK_E_DATA_BINARY) != 0; }

  // The value of an extension attribute in its canonical text.
  std::optional<std::string_view> attribute(std::string_view name) const {
    for (std::uint32_t i = 0; i < e_->n_attributes; ++i) {
      if (view(e_->attributes[i].k) == name) return view(e_->attributes[i].v);
    }
    return std::nullopt;
  }

  Uid uid() const { return uid(e_->uid); }
  Uid cause() const { return uid(e_->cause); }
  Uid root() const { return uid(e_->root); }
  unsigned hops() const { return e_->hops; }
  std::int64_t time_ns() const { return e_->time_ns; }  // Unix ns or HARK_TIME_ABSENT
  std::int64_t received_ns() const { return e_->recv_ns; }
  std::uint32_t type_id() const { return e_->type_id; }  // compare with Context::intern(); 0 = compare the text

  const hark_event* raw() const { return e_; }

 private:
  static Uid uid(const std::uint8_t (&bytes)[16]) {
    Uid u;
    std::memcpy(u.bytes.data(), bytes, 16);
    return u;
  }
  const hark_event* e_;
};

// One hand-over of one event.
class Delivery {
 public:
  explicit Delivery(const hark_delivery* d) : d_(d) {}

  Event event() const { return Event(d_->event); }
  std::uint64_t ticket() const { return d_->ticket; }
  std::uint64_t subscription() const { return d_->subscription; }  // Subscription::id(), 0 = the configured `on`
  unsigned attempt() const { return d_->attempt; }                 // 1 = first
  std::int64_t deadline_ns() const { return d_->deadline_ns; }     // on Context::now_ns()'s clock, 0 = none
  bool redelivered() const { return (d_->flags & HARK_D_REDELIVERED) != 0; }
  bool suspect() const { return (d_->flags & HARK_D_SUSPECT) != 0; }
  bool replay() const { return (d_->flags & HARK_D_REPLAY) != 0; }

  const hark_delivery* raw() const { return d_; }

 private:
  const hark_delivery* d_;
};

class Retained;

// What to publish: a type, data, and whatever else is set. It owns nothing.
//   ctx.publish(hark::Message("order.paid", json).subject("order/17"));
class Message {
 public:
  // No data.
  explicit Message(std::string_view type) {
    m_.size = sizeof m_;
    m_.time_ns = HARK_TIME_ABSENT;
    m_.type = str(type);
  }
  // data: the JSON text, unless content_type() or binary() says otherwise.
  Message(std::string_view type, std::string_view data) : Message(type) {
    m_.data = bytes(data.data() == nullptr ? std::string_view("") : data);
  }

  Message& id(std::string_view v) { return m_.id = str(v), *this; }
  Message& source(std::string_view v) { return m_.source = str(v), *this; }
  Message& subject(std::string_view v) { return m_.subject = str(v), *this; }
  Message& content_type(std::string_view v) { return m_.content_type = str(v), *this; }
  Message& schema(std::string_view v) { return m_.schema = str(v), *this; }
  Message& key(std::string_view v) { return m_.key = bytes(v), *this; }
  Message& time_ns(std::int64_t unix_ns) { return m_.time_ns = unix_ns, *this; }
  Message& time_text(std::string_view rfc3339) { return m_.time_text = str(rfc3339), *this; }
  Message& attributes(const hark_attr* list, std::uint32_t n) {
    return m_.attributes = list, m_.n_attributes = n, *this;
  }
  // Data is bytes, not JSON or text.
  Message& binary() { return m_.flags |= HARK_M_DATA_BINARY, *this; }
  // Data is known to be one whole valid JSON document, so that the host need not parse it once more.
  Message& checked() { return m_.flags |= HARK_M_DATA_CHECKED, *this; }
  // Call outcome(stage, token, ...) once the event reached these stages (HARK_M_TELL_KEPT, HARK_M_TELL_SETTLED).
  Message& tell(std::uint32_t stages, std::uint64_t token) { return m_.flags |= stages, m_.token = token, *this; }
  // What led to it. Inside handle() the host knows; name it only when publishing later or from another thread.
  Message& because(const Delivery& d) { return m_.cause = d.ticket(), *this; }
  Message& because_ticket(std::uint64_t ticket) { return m_.cause = ticket, *this; }
  Message& because(const Retained& kept);

  std::string_view type() const { return view(m_.type); }
  const hark_message* raw() const { return &m_; }

 private:
  hark_message m_{};
};

inline hark_attr attribute(std::string_view name, std::string_view value, std::uint32_t kind = HARK_ATTR_STRING) {
  return hark_attr{str(name), str(value), kind, 0};
}

}  // namespace hark
