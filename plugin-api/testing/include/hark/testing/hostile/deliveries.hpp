// SPDX-License-Identifier: Apache-2.0
// Hands events to the plugin, one at a time, in batches and at once, and holds its answers to the contract.
#pragma once

#include <algorithm>
#include <deque>
#include <hark/testing/abi_forms.hpp>
#include <hark/testing/hostile/calls.hpp>
#include <hark/testing/hostile/strange_events.hpp>
#include <memory>

namespace hark::testing::hostile {

// Thread: deliver() by one, which is Life's.
class Deliveries {
 public:
  Deliveries(Calls& calls, hark_instance* instance, Random& random)
      : calls_(calls), host_(calls.host()), plugin_(calls.plugin()), instance_(instance), random_(random) {}

  // False: the plugin is broken (FATAL), or holds as many deliveries as it said it could: no more follow.
  bool deliver(const std::vector<Given>& events) {
    for (const Given& g : events) todo_.push_back({g, 1, 0});
    for (std::size_t calls = 0; !todo_.empty() && calls < 4 * events.size() + 16; ++calls) {
      const std::size_t room = room_for_more();
      if (room == 0) return false;
      std::vector<std::unique_ptr<HandOver>> round = next_round(room);
      if (plugin_.handle_batch != nullptr && plugin_.max_batch != 0 && (round.size() > 1 || random_.one_in(2))) {
        hand_batch(round);
      } else if (round.size() > 1) {
        hand_at_once(round);
      } else {
        calls_.callers().run([&] { hand_one(*round[0]); });
      }
      for (const auto& h : round) settle(*h);
      if (broken_) return false;
    }
    return true;
  }

 private:
  struct Todo {
    Given given;
    std::uint32_t attempt, flags;
  };
  struct HandOver {
    Todo todo;
    std::uint64_t ticket = 0;
    std::unique_ptr<LaidEvent> event;
    EdgeMemory memory;
    const hark_delivery* delivery = nullptr;
    hark_result answer = HARK_UNSET;
  };

  // "The host sends no more" than max_in_flight. Of too many pending ones the oldest lease ends.
  std::size_t room_for_more() {
    const std::size_t most = std::max(plugin_.max_in_flight, 1u);
    const auto open = [](const HostState& s) {
      return static_cast<std::size_t>(std::count_if(
          s.tickets.begin(), s.tickets.end(), [](const auto& t) { return t.second.state == Ticket::State::open; }));
    };
    if (host_.with(open) >= most)
      (void)host_.wait(std::chrono::milliseconds(2), [&](auto& s) { return open(s) < most; });
    return host_.with([&](HostState& s) {
      for (auto& [id, t] : s.tickets) {
        if (open(s) < most) break;
        if (t.state == Ticket::State::open && !t.extended) t.state = Ticket::State::over;
      }
      return most - std::min(most, open(s));
    });
  }

  std::vector<std::unique_ptr<HandOver>> next_round(std::size_t room) {
    std::size_t n = 1;
    if (plugin_.handle_batch != nullptr && plugin_.max_batch != 0) {
      n = 1 + random_.below(std::min(plugin_.max_batch, 7u));
    } else if (calls_.callers().are_concurrent()) {
      n = 1 + random_.below(4);
    }
    std::vector<std::unique_ptr<HandOver>> round;
    for (n = std::min(n, room); n > 0 && !todo_.empty(); --n) {
      Todo todo = std::move(todo_.front());
      todo_.pop_front();
      if (plugin_.threads == HARK_THREADS_KEYED) todo.given.key += std::to_string(n);  // no two of a round alike
      round.push_back(lay(std::move(todo)));
    }
    return round;
  }

  std::unique_ptr<HandOver> lay(Todo todo) {
    auto h = std::make_unique<HandOver>();
    h->todo = std::move(todo);
    const Mood& mood = host_.mood();
    h->event = lay_event(h->todo.given);
    hark_delivery d{};
    d.flags = h->todo.flags | h->todo.given.flags | (mood.larger ? 0xFFFFFF00u : 0);
    d.subscription = h->todo.given.subscription;
    d.attempt = h->todo.attempt;
    d.deadline_ns = mood.odd_order ? 1 : mood.leases_end ? host_.now() : 0;  // over long ago, now, none
    d.event = h->event->event();
    host_.with([&](HostState& s) {
      h->ticket = d.ticket = ++s.next_id;
      s.tickets[d.ticket].state = mood.leases_end ? Ticket::State::over : Ticket::State::open;
      s.handed.insert(d.event);
    });
    h->delivery = h->memory.structure(d, mood.larger);
    return h;
  }

  std::unique_ptr<LaidEvent> lay_event(const Given& g) {
    const Mood& mood = host_.mood();
    AbiForms::Held held;
    held.given = g;
    AbiForms::fill_event(held);
    if (mood.larger)
      held.attributes.push_back({AbiForms::str("later"), AbiForms::str("later"), 77, 0});  // its kinds too
    hark_event& e = held.event;
    e.flags |= mood.larger ? 0xFFFF0000u : 0;
    e.recv_ns = 1'700'000'000'000'000'000;
    e.uid[15] = static_cast<std::uint8_t>(++uids_);
    std::memcpy(e.root, e.uid, 16);
    e.hops = random_.one_in(4) ? UINT16_MAX : 0;
    e.attributes = held.attributes.data();
    e.n_attributes = static_cast<std::uint32_t>(held.attributes.size());
    if (mood.interns) e.type_id = host_.table()->intern(host_.table(), e.type);
    return std::make_unique<LaidEvent>(e, mood.larger);
  }

  std::string describe(const HandOver& h) const {
    return "event \"" + h.todo.given.type.substr(0, 60) + "\", attempt " + std::to_string(h.todo.attempt) + ", data " +
           (!h.todo.given.has_data ? "NULL"
            : h.todo.given.binary  ? "binary"
                                   : h.todo.given.data.substr(0, 80));
  }

  void hand_one(HandOver& h) {
    h.answer = calls_.here(Call::dispatch, "handle(), " + describe(h), handle_codes,
                           [&](hark_error* error) { return plugin_.handle(instance_, h.delivery, error); });
  }
  void hand_at_once(std::vector<std::unique_ptr<HandOver>>& round) {
    std::vector<std::function<void()>> calls;
    for (const auto& h : round) calls.push_back([this, &h] { hand_one(*h); });
    calls_.callers().run_at_once(calls);
  }
  void hand_batch(std::vector<std::unique_ptr<HandOver>>& round) {
    const auto n = static_cast<std::uint32_t>(round.size());
    EdgeMemory memory;
    std::vector<const hark_delivery*> deliveries;
    for (const auto& h : round) deliveries.push_back(h->delivery);
    const Codes unset(n, HARK_UNSET);
    const hark_delivery* const* const list = memory.array(deliveries.data(), n);
    hark_result* const slots = memory.array(unset.data(), n);
    const std::string what = "handle_batch() of " + std::to_string(n) + ", first " + describe(*round[0]);
    const hark_result all = calls_.call(Call::dispatch, what, handle_codes, [&](hark_error* error) {
      const hark_result r = plugin_.handle_batch(instance_, list, n, slots, error);
      for (std::uint32_t i = 0; i < n; ++i) {
        round[i]->answer = slots[i];
        if (slots[i] != HARK_UNSET) calls_.check_code(slots[i], handle_codes);
      }
      return r;
    });
    for (const auto& h : round) {
      if (h->answer == HARK_UNSET) h->answer = all;
    }
    memory.close();
    kept_.push_back(std::move(memory));
  }

  // The call is over: so are its views, and its ticket unless it pends.
  void settle(HandOver& h) {
    h.event->close();
    h.memory.close();
    const std::optional<hark_result> completed = host_.with([&](HostState& s) -> std::optional<hark_result> {
      s.handed.erase(s.handed.find(h.event->event()));
      Ticket& t = s.tickets[h.ticket];
      if (t.state == Ticket::State::open && h.answer != HARK_PENDING) t = {Ticket::State::answered, h.answer, false};
      return t.state == Ticket::State::completed ? std::optional(t.by) : std::nullopt;
    });
    // A C++ plugin that fails while it holds a hark::Pending has asked for the retry that it also answers.
    const bool same = completed == HARK_RETRY && h.answer < 0;
    if (completed && h.answer != HARK_PENDING && h.answer != HARK_FATAL && !same) {
      const BlackBox::Step step("handle(), " + describe(h) + ", " + calls_.about());
      host_.faults().add(std::string("completed a delivery and answered it with ") + name_of(h.answer) + " as well",
                         "complete: \"Ends a delivery answered HARK_PENDING\", \"Exactly once\"");
    }
    broken_ = broken_ || h.answer == HARK_FATAL;
    again(h);
    kept_.push_back(std::move(h.memory));
    events_.push_back(std::move(h.event));
  }

  // "redeliver with back-off", "no attempt counted"; and whatever came may come again.
  void again(const HandOver& h) {
    Todo todo = h.todo;
    if (h.answer == HARK_RETRY && todo.attempt < 3) {
      ++todo.attempt, todo.flags |= HARK_D_REDELIVERED;
    } else if (h.answer == HARK_AGAIN && ++held_ < 16) {
    } else if (host_.mood().redeliver && todo.attempt == 1) {
      todo.attempt = random_.one_in(2) ? todo.attempt + 1 : 4'000'000'000u;
      todo.flags |= HARK_D_REDELIVERED | (random_.one_in(2) ? HARK_D_SUSPECT : HARK_D_REPLAY);
    } else {
      return;
    }
    todo_.push_front(std::move(todo));
  }

  Calls& calls_;
  HostileHost& host_;
  const hark_plugin& plugin_;
  hark_instance* const instance_;
  Random& random_;
  std::deque<Todo> todo_;
  unsigned uids_ = 0, held_ = 0;
  bool broken_ = false;
  std::vector<EdgeMemory> kept_;  // unreadable, so that nothing else comes to lie there
  std::vector<std::unique_ptr<LaidEvent>> events_;
};

}  // namespace hark::testing::hostile
