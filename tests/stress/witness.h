// Hears what the bus tells and enters it in the accounts. Each thing that is told of an event must fit what was told of
// it before.
#pragma once

#include <atomic>

#include "bus/observer.h"
#include "story.h"

namespace hark::stress {

// Thread: any.
class Witness final : public bus::Observer {
 public:
  Witness(Story& story, const Accounts& accounts) : story_(story), accounts_(accounts) {}

  void failed(const bus::Failure& f) override;
  void dead_lettered(const store::DeadLetter& letter, const core::Result<void>& kept) override;
  void dropped(const bus::Identity& who, const hark_event& event, std::string_view reason) override;
  void quarantined(const bus::Identity& who, std::uint32_t failures, std::string_view why) override;
  void recovered(const bus::Identity& who) override;
  void held(const bus::Identity& who, std::string_view why, std::chrono::nanoseconds pause) override;
  void spilling(const bus::Identity& who, bus::Spilling what, std::string_view why) override;
  void loop_cut(const hark_event& event, std::string_view publisher, std::string_view chain) override;
  void misbehaved(const bus::Identity& who, const core::Uid& event, std::string_view what) override;

  std::atomic<std::uint64_t> letters{0}, loop_letters{0}, loops{0}, lost{0};

 private:
  Account* account_of(std::string_view who);
  bool read(const hark_event& event, Tag& out);
  void ended(Account& account, EventId id, End how, std::string_view reason);

  Story& story_;
  const Accounts& accounts_;
};

}  // namespace hark::stress
