#include "flow/breaker.h"

namespace hark::flow {

Breaker::Change Breaker::failure(std::int64_t now_ns) {
  ++failures_;
  const bool was_closed = state_ == State::closed;
  if (was_closed && (options_.open_after == 0 || failures_ < options_.open_after)) return Change::none;
  if (state_ == State::open) return Change::none;  // one that was already running when it opened
  state_ = State::open;
  probe_at_ns_ = now_ns + options_.probe_every.count();
  return was_closed ? Change::opened : Change::none;
}

void Breaker::open_for_good() {
  state_ = State::open;
  probe_at_ns_ = core::never_ns;
}

bool Breaker::begin_probe(std::int64_t now_ns) {
  if (state_ != State::open || now_ns < probe_at_ns_) return false;
  state_ = State::probing;
  return true;
}

}  // namespace hark::flow
