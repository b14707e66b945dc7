// The data of one event as JSON, parsed when the first condition asks for it and shared by all that follow. Data that
// its sender has checked is not parsed again while few bytes of it have to be looked at.
//
// Made on the stack by whoever publishes an event, and used and destroyed on that thread; several may be alive at once
// (an event published while another one is being routed). Parsers are reused: no allocation in steady state.
#pragma once

#include <hark/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "topic/field_value.h"

namespace hark::topic {

struct JsonParser;

// Readable bytes that must follow data of Padding::readable.
inline constexpr std::size_t json_padding = 64;

// How deep objects and arrays may be nested.
inline constexpr std::size_t json_depth = 1000;

class EventJson {
 public:
  // readable: json_padding bytes after the data may be read (whatever they are); saves a copy.
  enum class Padding : std::uint8_t { none, readable };
  // by_sender: it is known to be valid.
  enum class Checked : std::uint8_t { no, by_sender };

  // The data must outlive this object, unchanged. No document: data.p == NULL, content types that are not JSON, and of
  // events also HARK_E_DATA_BINARY.
  EventJson(hark_str content_type, hark_bytes data, Padding padding = Padding::none, Checked checked = Checked::no)
      : content_type_(content_type.p, content_type.n),
        data_(static_cast<const char*>(data.p), data.n),
        may_scan_(checked == Checked::by_sender ? data.n : 0),
        padding_(padding) {}
  explicit EventJson(const hark_event& event, Padding padding = Padding::none, Checked checked = Checked::no)
      : EventJson(event.content_type, (event.flags & HARK_E_DATA_BINARY) != 0 ? hark_bytes{} : event.data, padding,
                  checked) {}
  ~EventJson() {
    if (parser_ != nullptr) end();
  }
  EventJson(const EventJson&) = delete;
  EventJson& operator=(const EventJson&) = delete;

  // False exactly when the data claims to be JSON and is not one whole well-formed document (RFC 8259) within
  // json_depth whose numbers fit 64 bits.
  bool valid();

  // What is wrong when it is not valid(): static text such as "nested deeper than 1000 levels"; else empty.
  std::string_view error();

  // The value at a path: names of object members, digits for array elements. Empty = the document. Of members with one
  // name the first counts. missing where there is none, or no valid document. Text lives as long as this object. `path`
  // is remembered, and must live as long.
  FieldValue at(std::span<const std::string> path);

 private:
  enum class State : std::uint8_t { unread, read, no_document, invalid };
  bool claims_to_be_json() const;
  void read();
  void end();
  const FieldValue* scan(std::span<const std::string> path);
  FieldValue parsed(std::span<const std::string> path);

  std::string_view content_type_, data_;
  std::string_view error_;
  std::size_t may_scan_;                    // bytes that may still be looked at before it is better parsed
  std::span<const std::string> scanned_{};  // the path that was looked for last, and what was there
  std::optional<FieldValue> found_{};
  JsonParser* parser_ = nullptr;  // borrowed from the thread's pool between read() and the destructor
  Padding padding_;
  State state_ = State::unread;
};

}  // namespace hark::topic
