#include "speakers.h"

#include <deque>
#include <thread>

#include "core/clock.h"
#include "support/message.h"

namespace hark::stress {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::size_t too_big = 20'000;  // bytes; over BusOptions::max_event of a life
constexpr std::size_t late_ones = 64;    // so many others are completed first

// Something that must be refused, and is no event of the story.
void misspeak(const Stage& stage, bus::Publisher& publisher, std::uint32_t number, Random& random) {
  struct Wrong {
    std::string type, data;
    bus::Publish answer;
    Did did;
  };
  const Wrong all[] = {{"t.one", "\"" + std::string(too_big, 'x') + "\"", bus::Publish::too_big, Did::told_too_big},
                       {"hark.one", "1", bus::Publish::denied, Did::told_denied},
                       {"t.one", "{", bus::Publish::invalid, Did::told_invalid},
                       {"", "1", bus::Publish::invalid, Did::told_invalid}};
  const Wrong& wrong = all[random() % std::size(all)];
  std::string why;
  const bus::Publish answer =
      stage.bus.publish(publisher, test::message(wrong.type, wrong.data), nullptr, nullptr, why);
  ++stage.answers[number][static_cast<std::size_t>(answer)];
  if (answer != wrong.answer)
    stage.story.violations.add("what is " + std::string(did_names[static_cast<std::size_t>(wrong.did)]) +
                               " was answered otherwise");
  stage.story.did.add(wrong.did);
}

void note(const Stage& stage, bus::Publish answer) {
  switch (answer) {
    case bus::Publish::ok: return stage.story.did.add(Did::published);
    case bus::Publish::again: return stage.story.did.add(Did::told_again);
    case bus::Publish::closing: return stage.story.did.add(Did::told_closing);
    default: return stage.story.violations.add("a good event was refused");
  }
}

void forge(const Stage& stage, const Kept& k, Random& random) {
  const std::uint64_t forged = k.ticket ^ std::uint64_t{1} << (40 + random() % 24);
  if (k.subject->subscriber.lane().complete(forged, HARK_OK, 0, nullptr)) {
    stage.story.violations.add(k.subject->plan.name + ": a forged ticket was taken");
  }
  stage.story.did.add(Did::forged);
}

// What it published about a delivery it keeps is of that delivery's chain.
void publish_about(const Stage& stage, const Kept& k) {
  bus::ChainLink link;
  if (!k.subject->subscriber.lane().chain_of(k.ticket, link)) return;
  if (link.cause != k.uid) stage.story.violations.add(to_text(k.id) + ": its ticket leads to another event");
  echo(stage, link, first_echo);
}

}  // namespace

void speak(const Stage& stage, bus::Publisher& publisher, std::uint32_t number, std::uint64_t seed, Tokens& tokens,
           const std::atomic<bool>& done) {
  Random random(seed);
  Story& story = stage.story;
  core::Uid last;
  std::string why;
  const std::uint32_t share = Said::most / static_cast<std::uint32_t>(story.plan.lives.size()) * story.life;
  while (!done && story.next[number] < share) {
    if (one_in(random, 100)) misspeak(stage, publisher, number, random);
    Tag tag;
    tag.id = {number, story.next[number]++};
    const auto type = static_cast<std::uint8_t>(random() % first_echo);
    const std::string data = tag.text(one_in(random, 20) ? random() % 3000 : 0);
    hark_message m = test::message(types[type], data);
    story.said.say(tag.id, type);
    const bool asks = one_in(random, 4);
    if (asks) {
      m.flags |= HARK_M_TELL_KEPT;
      m.token = tag.id.n;
    }
    core::Uid uid;
    bus::Publish answer = bus::Publish::ok;
    if (one_in(random, 4)) {
      answer = stage.bus.publish(publisher, m, nullptr, uid.bytes.data(), why);
    } else {
      const bool patient = one_in(random, 16);
      if (patient) story.did.add(Did::waited_without_limit);
      const std::int64_t until =
          patient ? core::never_ns : core::now_ns() + static_cast<std::int64_t>(random() % 3) * ms;
      answer = stage.bus.publish_wait(publisher, m, nullptr, until, uid.bytes.data(), why);
      if (patient && answer == bus::Publish::again) story.violations.add("who waits for ever was told AGAIN");
    }
    ++stage.answers[number][static_cast<std::size_t>(answer)];
    story.said.answered(tag.id, answer == bus::Publish::ok);
    note(stage, answer);
    if (answer != bus::Publish::ok) continue;
    if (asks) tokens.asked[tag.id.n] = 1;
    if (!story.said.is(tag.id, uid)) story.violations.add(to_text(tag.id) + ": publish told another uid");
    if (uid.bytes <= last.bytes) story.violations.add(to_text(tag.id) + ": its uid is not after the one before");
    last = uid;
  }
}

void complete(const Stage& stage, std::uint64_t seed, const std::atomic<bool>& done) {
  Random random(seed);
  std::deque<Kept> late;
  while (!done) {
    Kept k;
    bool is_late = false;
    if (!stage.shelf.take(k)) {
      if (late.empty()) {
        std::this_thread::yield();
        continue;
      }
      is_late = true;
    } else if (one_in(random, 8) && !k.answered_as_well) {
      late.push_back(k);
      is_late = late.size() > late_ones;
      if (!is_late) continue;
    }
    if (is_late) {
      k = late.front();
      late.pop_front();
    }
    bus::Lane& lane = k.subject->subscriber.lane();
    if (one_in(random, 12)) continue;  // never
    if (one_in(random, 5)) lane.extend(k.ticket, ms);
    if (one_in(random, 5)) publish_about(stage, k);
    if (one_in(random, 5)) forge(stage, k, random);
    if (one_in(random, 5) && !is_late) stage.shelf.put(k);  // perhaps twice, and by two at once
    const hark_result r =
        k.answered_as_well ? HARK_OK
                           : any_of(random, HARK_OK, HARK_OK, HARK_OK, HARK_SKIP, HARK_RETRY, HARK_REJECT, HARK_AGAIN);
    if (!lane.complete(k.ticket, r, one_in(random, 2) ? 100'000 : 0, nullptr)) {
      stage.story.did.add(Did::completed_late);
      continue;
    }
    k.subject->completed(k, r);
    stage.story.did.add(Did::completed);
    if (lane.complete(k.ticket, HARK_OK, 0, nullptr)) {
      stage.story.violations.add(k.subject->plan.name + ": one ticket was taken twice");
    }
    stage.story.did.add(Did::completed_twice);
  }
}

}  // namespace hark::stress
