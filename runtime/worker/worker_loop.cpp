#include "worker/worker_loop.h"

#include <cxxabi.h>

#include <algorithm>

#include "core/clock.h"
#include "core/pause.h"

namespace hark::worker {
namespace {

constexpr std::int64_t spin_ns = 20'000;  // for the next call, before sleeping
constexpr std::int64_t longest_run_ns =
    1'000'000;  // then the rest of a run waits for its own turn, and its own timeout

}  // namespace

void WorkerLoop::run() {
  for (;;) {
    ipc::Frame frame;
    while (from_host_.next(frame)) {
      const bool more = take(frame);
      if (run_.empty()) from_host_.done();  // a run that is gathered still lies in the ring
      if (!more) return;
    }
    from_host_.done();
    for (const std::int64_t until = core::now_ns() + spin_ns; !from_host_.has_more() && core::now_ns() < until;) {
      core::relax();
    }
    if (!from_host_.has_more()) from_host_.sleep();
  }
}

bool WorkerLoop::take(const ipc::Frame& frame) {
  const std::string_view payload(frame.payload.data(), frame.payload.size());
  const auto kind = static_cast<Down>(frame.kind);
  Unpacker in(kind == Down::event ? std::string_view() : payload);
  switch (kind) {
    case Down::event: take_event(payload); break;
    case Down::create: answer(create(payload)); break;
    case Down::start:
      answer(call([&](hark_error* e) { return plugin_.start != nullptr ? plugin_.start(instance_, e) : HARK_OK; }));
      break;
    case Down::timer: {
      const auto user = in.value<std::uint64_t>();
      answer(call([&](hark_error* e) { return plugin_.on_timer(instance_, user, e); }));
      break;
    }
    case Down::outcome: answer(outcome(payload)); break;
    case Down::flush: {
      const auto until = in.value<std::int64_t>();
      answer(call([&](hark_error* e) { return plugin_.flush(instance_, until, e); }));
      break;
    }
    case Down::reconfigure: answer(call([&](hark_error* e) { return plugin_.reconfigure(instance_, e); })); break;
    case Down::stop: {
      const auto until = in.value<std::int64_t>();
      answer(
          call([&](hark_error* e) { return plugin_.stop != nullptr ? plugin_.stop(instance_, until, e) : HARK_OK; }));
      break;
    }
    case Down::destroy:
      answer(call([&](hark_error*) {
        plugin_.destroy(instance_);
        return HARK_OK;
      }));
      return false;
  }
  return true;
}

// The fence: what a plugin throws is an answer, as far as this process's C++ runtime threw it.
template <class Function>
WorkerLoop::Said WorkerLoop::call(Function function) {
  hark_error error;
  error.len = 0;
  Said said;
  host_.enter(run_);
  try {
    said.result = function(&error);
    said.error.assign(error.msg, std::min<std::size_t>(error.len, sizeof error.msg));
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& e) {
    said = {HARK_RETRY, e.what()};
  } catch (...) {
    said = {HARK_RETRY, "threw something that is not a std::exception"};
  }
  host_.leave();
  return said;
}

// First the room in the ring: the next call may need all of it.
void WorkerLoop::answer(const Said& said) {
  from_host_.done();
  up_.tell(Up::done, Packer().value(++calls_).value(said.result).text(said.error).bytes());
}

WorkerLoop::Said WorkerLoop::create(std::string_view payload) {
  Unpacker in(payload);
  const auto role = in.value<std::uint32_t>(), generation = in.value<std::uint32_t>();
  name_ = in.text();
  options_ = in.text();
  state_dir_ = in.text();
  const hark_create_info info{
      sizeof info, role, HARK_TIER_PROCESS, generation, core::str(name_), core::str(options_), core::str(state_dir_)};
  Said said = call([&](hark_error* e) { return plugin_.create(host_.table(), &info, &instance_, e); });
  if (said.result == HARK_OK && instance_ == nullptr) said = {HARK_INVALID, "answered OK and made nothing"};
  return said;
}

WorkerLoop::Said WorkerLoop::outcome(std::string_view payload) {
  Unpacker in(payload);
  const auto stage = in.value<std::uint32_t>();
  const auto r = in.value<hark_result>();
  std::vector<std::uint64_t> tokens(in.value<std::uint32_t>());
  for (std::uint64_t& token : tokens) token = in.value<std::uint64_t>();
  return call([&](hark_error*) {
    plugin_.outcome(instance_, stage, tokens.data(), static_cast<std::uint32_t>(tokens.size()), r);
    return HARK_OK;
  });
}

void WorkerLoop::begin_run() {
  ended_early_ = false;
  done_ = 0;
  said_ = {};
  progress_.done.store(0, std::memory_order_relaxed);
  began_ns_ = core::coarse_now_ns();
}

void WorkerLoop::put(const EventHead& head, const core::Record& record) {
  const std::size_t at = run_.size();
  if (at == expanded_.size()) {
    expanded_.emplace_back();
    events_.emplace_back();
  }
  const hark_event* event = &expanded_[at].expand(record);
  if (host_.has_interned()) {
    events_[at] = *event;
    events_[at].type_id = host_.id_of(core::view(event->type));
    event = &events_[at];
  }
  run_.push_back(
      {sizeof(hark_delivery), head.flags, head.ticket, head.subscription, head.deadline_ns, head.attempt, 0, event});
}

// A plugin without handle_batch is called for each event as it comes; one with it when the run is whole.
void WorkerLoop::take_event(std::string_view payload) {
  EventHead head;
  std::memcpy(&head, payload.data(), sizeof head);
  if (!ended_early_) {
    if (run_.empty() && done_ == 0) begin_run();
    if (expanded_.capacity() < most_results) {  // neither moves while a run points into it
      expanded_.reserve(most_results);
      events_.reserve(most_results);
    }
    put(head, *reinterpret_cast<const core::Record*>(payload.data() + sizeof head));
    if (plugin_.handle_batch == nullptr) handle_one();
  }
  if (head.last == 0) return;
  if (plugin_.handle_batch != nullptr) handle_run();
  answer(said_);
  ended_early_ = false;
  done_ = 0;
}

// Anything but OK and SKIP ends the run: what is held back or broken must not see what comes after it.
void WorkerLoop::handle_one() {
  progress_.ticket.store(run_.front().ticket, std::memory_order_relaxed);
  Said said = call([&](hark_error* e) { return plugin_.handle(instance_, run_.data(), e); });
  run_.clear();
  store(done_, said.result);
  progress_.done.store(++done_, std::memory_order_release);
  progress_.ticket.store(0, std::memory_order_release);
  ended_early_ =
      (said.result != HARK_OK && said.result != HARK_SKIP) || core::coarse_now_ns() - began_ns_ > longest_run_ns;
  said_ = std::move(said);
}

void WorkerLoop::handle_run() {
  const auto n = static_cast<std::uint32_t>(run_.size());
  std::vector<const hark_delivery*> pointers;
  pointers.reserve(n);
  std::vector<hark_result> results(n, HARK_UNSET);
  for (const hark_delivery& d : run_) pointers.push_back(&d);
  progress_.ticket.store(Progress::whole_batch, std::memory_order_release);
  said_ = call([&](hark_error* e) { return plugin_.handle_batch(instance_, pointers.data(), n, results.data(), e); });
  for (std::uint32_t i = 0; i < n; ++i) store(i, results[i] == HARK_UNSET ? said_.result : results[i]);
  progress_.done.store(n, std::memory_order_release);
  progress_.ticket.store(0, std::memory_order_release);
  run_.clear();
}

}  // namespace hark::worker
