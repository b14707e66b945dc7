// What caused what: uid, cause, root and hops, and where a loop ends.
#include "world.h"

using namespace hark;
using namespace hark::test;

namespace {

// Publishes an event of another type whenever it hears one.
Listener::Handle passes_on(World& w, const std::string& type) {
  return [&w, type](const hark_delivery& d, hark_error*) {
    const bus::ChainLink link = bus::ChainLink::of(*d.event);
    w.publish(type, core::view(d.event->data), &link);
    return HARK_OK;
  };
}

}  // namespace

TEST_CASE("cause root and hops are told through a chain of three") {
  World w;
  w.add("a", passes_on(w, "two"), quick(), "one");
  w.add("b", passes_on(w, "three"), quick(), "two");
  Listener& all = w.add("all", answers(HARK_OK));
  w.publish("one");
  REQUIRE(w.quiet());
  const auto got = all.got();
  REQUIRE(got.size() == 3);
  CHECK(got[0].cause.is_nil());
  CHECK(got[0].root == got[0].uid);
  CHECK(got[0].hops == 0);
  CHECK(got[1].cause == got[0].uid);
  CHECK(got[2].cause == got[1].uid);
  CHECK(got[2].root == got[0].uid);
  CHECK(got[2].hops == 2);
  CHECK(w.bus.chain(got[2].uid) == "three " + core::to_text(got[2].uid) + " <- two " + core::to_text(got[1].uid) +
                                       " <- one " + core::to_text(got[0].uid));
}

TEST_CASE("what is published by itself begins a chain of its own") {
  World w;
  Listener& all = w.add("all", answers(HARK_OK));
  w.publish("one");
  w.publish("one");
  REQUIRE(w.quiet());
  CHECK(all.got()[0].root != all.got()[1].root);
}

TEST_CASE("the seventeenth hop is cut and dead-lettered as a loop with its chain") {
  World w;
  Listener& loop = w.add("loop", passes_on(w, "again"));
  w.publish("again", "1");
  REQUIRE(w.quiet());
  CHECK(loop.count() == 17);  // hops 0 to 16
  CHECK(loop.got().back().hops == 16);
  CHECK(w.refused(Refusal::loop) == 1);
  REQUIRE(w.seen.letters().size() == 1);
  const auto letter = w.seen.letters()[0];
  CHECK(letter.reason == "loop");
  CHECK(letter.subscriber.empty());
  CHECK(letter.error == "hop 17 of a chain of causes; [guards] max_hops = 16");
  REQUIRE(w.seen.notes("loop from").size() == 1);
  const std::string chain = w.seen.notes("loop from")[0];
  for (const Got& g : loop.got()) CHECK(chain.find(core::to_text(g.uid)) != std::string::npos);
  CHECK(chain.find("not remembered") == std::string::npos);
}

TEST_CASE("two subscribers that answer each other come to an end") {
  World w({5, 1u << 20, 2});
  w.add("ping", passes_on(w, "pong"), quick(), "ping");
  w.add("pong", passes_on(w, "ping"), quick(), "pong");
  Listener& all = w.add("all", answers(HARK_OK));
  w.publish("ping");
  REQUIRE(w.quiet());
  CHECK(all.count() == 6);
  CHECK(w.refused(Refusal::loop) == 1);
}

TEST_CASE("every event has an id of its own and those of one publisher ascend") {
  World w;
  Listener& all = w.add("all", answers(HARK_OK));
  for (int i = 0; i < 2000; ++i) w.publish("n");
  REQUIRE(w.quiet());
  const auto got = all.got();
  bool ascend = true;
  for (std::size_t i = 1; i < got.size(); ++i) ascend = ascend && got[i - 1].uid.bytes < got[i].uid.bytes;
  CHECK(ascend);
}

TEST_CASE("a chain whose beginning is forgotten says so") {
  bus::ChainLink unknown{core::make_uid(1), core::make_uid(1), 3, {}, 0};
  World w;
  Listener& all = w.add("all", answers(HARK_OK));
  w.publish("n", "{}", &unknown);
  REQUIRE(w.quiet());
  CHECK(all.got().at(0).hops == 4);
  CHECK(w.bus.chain(all.got()[0].uid).ends_with(core::to_text(unknown.cause) + " (not remembered)"));
}

TEST_CASE("the filter of a subscription decides who hears") {
  World w;
  Listener& big = w.add("big", answers(HARK_OK), quick(), "");
  const topic::FilterSpec spec{{{"data.n", {{topic::FilterTest::Op::gte, false, {std::int64_t{5}}}}}}};
  w.bus.registry().add(big.subscriber, topic::Pattern::parse("n").value(), topic::Filter::compile(spec).value(), true);
  w.bus.registry().add(big.subscriber, topic::Pattern::parse("*").value(), topic::Filter::compile(spec).value(), true);
  for (int i = 0; i < 10; ++i) w.publish("n", "{\"n\":" + std::to_string(i) + "}");
  REQUIRE(w.quiet());
  CHECK(big.count() == 5);  // each once, though two of its patterns match
}
