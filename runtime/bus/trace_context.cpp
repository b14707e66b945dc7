#include "bus/trace_context.h"

#include <cstring>
#include <span>
#include <string_view>

#include "core/text.h"

namespace hark::bus {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex(std::string_view text, std::uint8_t* out) {
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

// "00-<32 hex>-<16 hex>-<2 hex>" (W3C Trace Context 1.0, 3.2). What is malformed is ignored, as the standard says.
bool parse(std::string_view t, hark_event& e) {
  std::uint8_t version = 0, flags = 0, trace[16], span[8];
  if (t.size() < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-') return false;
  if (!hex(t.substr(0, 2), &version) || version == 0xff || (version == 0 && t.size() != 55)) return false;
  if (!hex(t.substr(3, 32), trace) || !hex(t.substr(36, 16), span) || !hex(t.substr(53, 2), &flags)) return false;
  static constexpr std::uint8_t none[16] = {};
  if (std::memcmp(trace, none, 16) == 0 || std::memcmp(span, none, 8) == 0) return false;
  std::memcpy(e.trace_id, trace, 16);
  std::memcpy(e.span_id, span, 8);
  e.trace_flags = flags;
  return true;
}

}  // namespace

void set_trace_context(hark_event& event, const ChainLink* cause) {
  for (const hark_attr& a : std::span(event.attributes, event.n_attributes)) {
    if (core::view(a.k) == "traceparent" && parse(core::view(a.v), event)) {
      for (const hark_attr& b : std::span(event.attributes, event.n_attributes)) {
        if (core::view(b.k) == "tracestate") event.tracestate = b.v;
      }
      return;
    }
  }
  static constexpr std::uint8_t none[16] = {};
  if (cause == nullptr || std::memcmp(cause->trace_id, none, 16) == 0) return;
  std::memcpy(event.trace_id, cause->trace_id, 16);
  std::memcpy(event.span_id, event.uid + 8, 8);  // the random half of the uid: unique, and one fewer to make up
  event.trace_flags = cause->trace_flags;
}

}  // namespace hark::bus
