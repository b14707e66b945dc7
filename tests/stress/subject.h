// A subscriber under test, with its plugin: it looks closely at what is delivered, answers at random, and keeps account
// of what it answered.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "bus/bus.h"
#include "shelf.h"
#include "story.h"
#include "support/eventually.h"

namespace hark::stress {

// What subjects share with all others of one host.
struct Stage {
  Story& story;
  bus::Bus& bus;
  bus::Publisher& echoes;
  Shelf& shelf;
  std::array<std::array<std::atomic<std::uint64_t>, 7>, most_publishers + 1>& answers;  // by publisher and bus::Publish
};

// Publishes one more event of a chain. Any thread.
void echo(const Stage& stage, const bus::ChainLink& link, std::uint8_t type);

class Subject final : private bus::Keeper {
 public:
  Subject(const Stage& stage, const SubjectPlan& plan, Account& account);

  // ---- whoever runs the life
  std::uint64_t recover();  // what an earlier host left
  // Takes its lane away from it when it hangs.
  void stop();
  bool is_stopped() const { return stopped_; }
  void roam(Random& random);
  // It sits in a call and does not come back.
  bool hangs() const { return gate_.waiting() != 0; }
  bool was_taken_over() const { return taken_over_; }
  // Stopped, and nobody completes any more: returns when all answers have been taken.
  void settle_down();

  // ---- completers
  void completed(const Kept& kept, hark_result r);  // was accepted

  const SubjectPlan plan;
  Account& account;
  bus::Subscriber& subscriber;

 private:
  struct Instance {
    Subject* subject;
    std::uint32_t generation;
    bool ended = false;
  };
  struct Ticking {
    std::uint64_t id;
    bool repeats, cancelled = false, fired = false;
  };
  struct Answer {
    hark_result result;
    bool throws = false, completes = false, both = false;
  };

  // subject.cpp: the plugin's life, and what must hold of each call
  void look_at(const Instance& me, const hark_delivery& d, Tag& tag);
  void look_at_order(const hark_delivery& d, const Tag& tag, bool is_first, bool is_recovered);
  void look_at_subscription(const hark_delivery& d, const Tag& tag, bool is_recovered);
  void look_at_chain(const hark_event& e, const Tag& tag);
  std::optional<bus::Callee> restart(std::string_view why) override;
  bus::Callee next_generation();
  bool is_ordered() const;
  void leave_behind();
  void violated(const std::string& what);

  // subject_answers.cpp: what it answers
  hark_result handle(Instance& me, const hark_delivery& d);
  hark_result handle_batch(Instance& me, std::span<const hark_delivery* const> d, hark_result* results);
  hark_result on_timer(Instance& me, std::uint64_t user);
  Answer pick(bool in_batch);
  hark_result give(const hark_delivery& d, const Tag& tag, const Answer& answer);
  void count(EventId id, hark_result r);
  void ended(EventId id, End how);
  void act(const hark_delivery& d, const Tag& tag);
  void unsubscribe_one();
  void tick();
  void hang(std::span<const hark_delivery* const> d);

  const Stage stage_;
  hark_plugin table_{};
  test::Gate gate_;
  std::atomic<bool> stopped_{false}, closed_{false}, taken_over_{false}, came_back_{false};
  std::atomic<int> inside_{0};

  mutable std::mutex mutex_;
  Random random_;
  std::deque<Instance> instances_;
  unsigned restarts_ = 0;
  std::uint64_t calls_ = 0;
  std::thread::id thread_{};
  std::array<std::uint32_t, most_publishers + 1> last_{};
  // Answered AGAIN: event to subscription. Of the call that is under way, and of those before it.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> holding_, held_;
  std::map<std::uint64_t, topic::Pattern> subscriptions_;
  std::set<std::uint64_t> revoked_;
  std::map<std::uint64_t, Ticking> ticking_;  // by `user`
  std::uint64_t ticks_ = 0;
};

}  // namespace hark::stress
