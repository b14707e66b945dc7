// W3C Trace Context of events.
#include "bus/trace_context.h"

#include <array>

#include "world.h"

using namespace hark;

namespace {

hark_event with(const std::array<hark_attr, 2>& attributes) {
  hark_event e{};
  e.size = sizeof e;
  e.attributes = attributes.data();
  e.n_attributes = 2;
  for (std::uint8_t i = 0; i < 16; ++i) e.uid[i] = static_cast<std::uint8_t>(i + 1);
  return e;
}

constexpr std::string_view good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

bool taken(std::string_view traceparent) {
  const std::array<hark_attr, 2> a{
      {{core::str("traceparent"), core::str(traceparent), 0, 0}, {core::str("tracestate"), core::str("k=v"), 0, 0}}};
  hark_event e = with(a);
  bus::set_trace_context(e, nullptr);
  return e.trace_id[0] != 0 || e.span_id[7] != 0 || e.trace_flags != 0 || e.tracestate.n != 0;
}

}  // namespace

TEST_CASE("a traceparent attribute is the trace context of its event") {
  const std::array<hark_attr, 2> a{
      {{core::str("traceparent"), core::str(good), 0, 0}, {core::str("tracestate"), core::str("k=v"), 0, 0}}};
  hark_event e = with(a);
  bus::set_trace_context(e, nullptr);
  CHECK(e.trace_id[0] == 0x4b);
  CHECK(e.trace_id[15] == 0x36);
  CHECK(e.span_id[7] == 0xb7);
  CHECK(e.trace_flags == 1);
  CHECK(core::view(e.tracestate) == "k=v");
}

TEST_CASE("a malformed traceparent is ignored whole") {
  CHECK(taken(good));
  CHECK(taken("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));  // later versions may say more
  for (const std::string_view bad : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                                     "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                     "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                     "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                     "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                                     "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    INFO(bad);
    CHECK_FALSE(taken(bad));
  }
}

TEST_CASE("without a traceparent an event continues the trace of its cause in a span of its own") {
  const std::array<hark_attr, 2> a{};
  hark_event e = with(a);
  bus::ChainLink cause;
  bus::set_trace_context(e, &cause);
  CHECK(e.trace_id[0] == 0);  // the cause had none
  cause.trace_id[0] = 9;
  cause.trace_flags = 1;
  bus::set_trace_context(e, &cause);
  CHECK(e.trace_id[0] == 9);
  CHECK(e.span_id[0] == 9);  // the second half of the uid
  CHECK(e.trace_flags == 1);
}
