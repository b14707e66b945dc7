#include "life.h"

#include <algorithm>

#include "core/clock.h"
#include "episode.h"

namespace hark::stress {
namespace {

constexpr std::uint64_t max_event = 16'000;
constexpr std::int64_t look_every_ns = 5'000'000;

}  // namespace

Life::Life(Story& story, const LifePlan& plan)
    : story_(story),
      plan_(plan),
      random_(plan.seed),
      witness_(story, accounts_),
      letters_(story.folder / "dead.ndjson", std::uint64_t{1} << 34),
      bus_({story.plan.max_hops, max_event, story.plan.threads}, witness_, letters_),
      stage_{story, bus_, bus_.add_publisher("echoes"), shelf_, answers_} {}

Life::~Life() = default;

void Life::run() {
  begin();
  come_and_go();
  fall_silent();
  if (plan_.drains) drain();
  stop_all();
  audit();
}

void Life::begin() {
  ++story_.life;
  for (std::size_t i = 0; i < story_.next.size(); ++i) {
    if (story_.next[i] == 0) story_.next[i] = 1;
    story_.life_began[i] = story_.next[i];
  }
  for (const SubjectPlan& p : plan_.cast) add(p, !p.hangs);
  tokens_.resize(story_.plan.publishers);
  for (std::uint32_t i = 1; i <= story_.plan.publishers; ++i) {
    publishers_.push_back(&bus_.add_publisher("p" + std::to_string(i)));
    publishers_.back()->outcomes.open([] {});
  }
  for (int c = 0; c < 2; ++c) {
    completers_.emplace_back([this, seed = random_()] { complete(stage_, seed, over_); });
  }
  speaking_ = publishers_.size();
  for (std::uint32_t i = 1; i <= story_.plan.publishers; ++i) {
    speakers_.emplace_back([this, i, seed = random_()] {
      speak(stage_, *publishers_[i - 1], i, seed, tokens_[i - 1], done_);
      --speaking_;
    });
  }
}

void Life::add(const SubjectPlan& plan, bool stays) {
  Member& m = members_.emplace_back();
  m.stays = stays;
  m.account =
      std::make_unique<Account>(plan.name, story_.book_of(plan.name), plan.options.lane.delivery.retry.attempts);
  accounts_.add(*m.account);
  SubjectPlan with_folder = plan;
  if (plan.spills) with_folder.options.spool = story_.folder / plan.name;
  m.subject = std::make_unique<Subject>(stage_, with_folder, *m.account);
  const std::uint64_t recovered = m.subject->recover();
  story_.did.add(Did::recovered, recovered);
  same(plan.name, "left by the host before", recovered, plan.spills ? story_.spilled[plan.name] : 0);
}

void Life::come_and_go() {
  const auto until = std::chrono::steady_clock::now() + plan_.length;
  const auto is_time = [&] { return std::chrono::steady_clock::now() >= until || speaking_ == 0; };
  const auto said = [&] {
    std::uint64_t all = 0;
    for (const auto& next : story_.next) all += next;
    return all;
  };
  std::vector<Subject*> passing;
  int passers = 0;
  while (!is_time()) {
    for (const std::uint64_t next = said() + 20 + random_() % 200; said() < next && !is_time();) {
      std::this_thread::yield();
    }
    free_the_hung();
    Subject& roamer = *members_[random_() % members_.size()].subject;
    if (roamer.plan.roams && !roamer.is_stopped()) roamer.roam(random_);
    if (passers < 40 && one_in(random_, 6)) {
      add(passer_by(random_, "passes" + std::to_string(passers++)), false);
      passing.push_back(members_.back().subject.get());
      story_.did.add(Did::came);
    }
    if (!passing.empty() && one_in(random_, 8)) {
      const std::size_t i = random_() % passing.size();
      passing[i]->stop();
      passing.erase(passing.begin() + static_cast<std::ptrdiff_t>(i));
      story_.did.add(Did::went);
    }
  }
}

// Publishers come to their end whatever it is they wait for.
void Life::fall_silent() {
  if (plan_.closes) {
    for (bus::Publisher* p : publishers_) {
      if (one_in(random_, 2)) bus_.close_publisher(*p);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    while (speaking_ != 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  }
  done_ = true;
  const bool silent = test::eventually([this] {
    free_the_hung();
    return speaking_ == 0;
  });
  if (!silent) story_.violations.add("a publisher waits for ever");
  if (!silent) std::_Exit(report(story_));
  for (std::thread& t : speakers_) t.join();
}

// A handler that hangs is one that the host's patience has ended with.
void Life::free_the_hung() {
  for (const Member& m : members_) {
    if (m.subject->hangs() && !m.subject->is_stopped()) m.subject->stop();
  }
}

bool Life::is_quiet() {
  free_the_hung();
  return bus_.wait_quiet(core::now_ns() + look_every_ns);
}

void Life::drain() {
  if (!test::eventually([this] { return is_quiet(); })) story_.violations.add("deliveries do not come to an end");
}

// A host that drains ends those first who could publish once more, and then those whose spool is to be left empty.
void Life::stop_all() {
  if (plan_.drains) {
    for (const Member& m : members_) {
      if (!m.subject->plan.spills) m.subject->stop();
    }
    drain();
  }
  for (const Member& m : members_) m.subject->stop();
  over_ = true;
  for (std::thread& t : completers_) t.join();
  for (const Member& m : members_) m.subject->settle_down();
}

bool Life::is_left_behind() const {
  return std::ranges::any_of(members_, [](const Member& m) { return m.subject->was_taken_over(); });
}

}  // namespace hark::stress
