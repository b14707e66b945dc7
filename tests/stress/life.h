// One host: a bus with its publishers and subjects, from its start until its accounts are compared.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "speakers.h"
#include "store/dead_letters.h"
#include "witness.h"

namespace hark::stress {

class Life {
 public:
  Life(Story& story, const LifePlan& plan);
  ~Life();
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void run();
  // A thread sleeps in one of its lanes for ever, so it cannot be taken down.
  bool is_left_behind() const;

 private:
  // life.cpp
  void begin();
  void come_and_go();
  void fall_silent();
  void drain();
  void stop_all();
  void add(const SubjectPlan& plan, bool stays);
  void free_the_hung();
  bool is_quiet();

  // audit.cpp: what must be true when all is over
  void audit();
  void audit_publishers(const bus::LedgerReading& reading);
  void audit_tokens();
  void audit_subject(Subject& subject, const bus::SubscriberReading& reading);
  void audit_events(const Subject& subject, bool stays);
  bool all_are_heard() const;
  void same(const std::string& who, const char* what, std::uint64_t told, std::uint64_t counted);

  struct Member {
    std::unique_ptr<Account> account;
    std::unique_ptr<Subject> subject;
    bool stays;  // heard everything from the first publish to the last
  };

  Story& story_;
  const LifePlan& plan_;
  Random random_;
  Accounts accounts_;
  Witness witness_;
  store::DeadLetters letters_;
  Shelf shelf_;
  std::array<std::array<std::atomic<std::uint64_t>, 7>, most_publishers + 1> answers_{};
  std::deque<Member> members_;
  bus::Bus bus_;
  const Stage stage_;
  std::vector<bus::Publisher*> publishers_;
  std::vector<Tokens> tokens_;
  std::vector<std::thread> speakers_, completers_;
  std::atomic<std::size_t> speaking_{0};
  std::atomic<bool> done_{false}, over_{false};
};

}  // namespace hark::stress
