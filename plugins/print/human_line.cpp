#include "human_line.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <hark/cloudevents.hpp>
#include <hark/sdk/result.hpp>
#include <string_view>

namespace hark::print {
namespace {

constexpr std::size_t longest_data = 320;  // bytes
constexpr std::size_t longest_name = 120;

constexpr std::string_view reset = "\x1b[0m";
constexpr std::string_view faint = "\x1b[2m";

// At most `limit` bytes of `text`, as printable UTF-8. C1 controls are two bytes in UTF-8, 0xC2 0x80 to 0xC2 0x9F.
void append_printable(std::string& out, std::string_view text, std::size_t limit) {
  constexpr char digits[] = "0123456789abcdef";
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* const stop = p + (text.size() < limit ? text.size() : limit);
  while (p < stop) {
    const auto c = static_cast<unsigned char>(*p);
    const std::size_t length = c < 0x80 ? 1 : json_text_detail::utf8_sequence(p, end);
    const bool c1 = length == 2 && c == 0xC2 && static_cast<unsigned char>(p[1]) < 0xA0;
    if (c == '\n' || c == '\r' || c == '\t') {
      out.push_back(' ');
      ++p;
    } else if (length == 0 || c < 0x20 || c == 0x7F || c1) {
      const auto shown = static_cast<unsigned char>(c1 ? p[1] : *p);
      out.append("\\x").append({digits[shown >> 4], digits[shown & 15]});
      p += c1 ? 2 : 1;
    } else {
      out.append(p, length);
      p += length;
    }
  }
  if (p < end) out.append("...");
}

void append_local_time(std::string& out, const hark_event& event) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t ns = event.time_ns != HARK_TIME_ABSENT ? event.time_ns : event.recv_ns;
  std::time_t seconds = ns / second;
  std::int64_t of_second = ns % second;
  if (of_second < 0) of_second += second, --seconds;  // ns itself may be too near to its limit to take anything off
  std::tm local{};
  char text[32];
  localtime_r(&seconds, &local);
  const int n = std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min, local.tm_sec,
                              static_cast<int>(of_second / 1'000'000));
  out.append(text, static_cast<std::size_t>(n));
}

// The host's own events, those that tell of trouble by their name, and the rest.
std::string_view colour_of(std::string_view type) {
  const auto has = [type](std::string_view word) { return type.find(word) != std::string_view::npos; };
  if (has("error") || has("fail") || has("crash") || has("fatal")) return "\x1b[31m";
  if (has("warn")) return "\x1b[33m";
  return type.starts_with("hark.") ? "\x1b[35m" : "\x1b[36m";
}

// Enough of a uid to tell it from its neighbours, and to find it in the log.
void append_short(std::string& out, const std::uint8_t (&uid)[16]) {
  std::string text;
  append_uuid(text, uid);
  out.append(text, text.size() - 8);
}

bool is_nil(const std::uint8_t (&uid)[16]) {
  return std::all_of(std::begin(uid), std::end(uid), [](std::uint8_t b) { return b == 0; });
}

void append_data(std::string& out, const hark_event& event) {
  if (event.data.p == nullptr) return;
  out.append("  ");
  const std::string_view data = view(event.data);
  if ((event.flags & HARK_E_DATA_BINARY) != 0) {
    out.append("(").append(std::to_string(data.size())).append(" bytes)");
  } else {
    append_printable(out, data, longest_data);
  }
}

}  // namespace

void append_human_line(std::string& out, const hark_event& event, bool colour) {
  const auto paint = [&](std::string_view code) {
    if (colour) out.append(code);
  };
  paint(faint);
  append_local_time(out, event);
  paint(reset);
  out.push_back(' ');
  paint(colour_of(view(event.type)));
  append_printable(out, view(event.type), longest_name);
  paint(reset);
  out.append("  ");
  append_printable(out, view(event.source), longest_name);
  if (event.subject.n != 0) {
    out.push_back(' ');
    append_printable(out, view(event.subject), longest_name);
  }
  out.append("  ");
  paint(faint);
  append_short(out, event.uid);
  if (!is_nil(event.cause)) {
    out.append(" <- ");
    append_short(out, event.cause);
  }
  paint(reset);
  append_data(out, event);
}

}  // namespace hark::print
