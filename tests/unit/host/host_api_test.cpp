// The host's functions as a plugin calls them.
#include "host/host_api.h"

#include <thread>

#include "plugin_stage.h"

using namespace hark;
using namespace hark::test;

TEST_CASE("what a plugin publishes in its handler has the handled event as its cause") {
  FunctionPlugin p, hears;
  std::vector<core::Uid> causes;
  core::Uid handled;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    handled = core::Uid::from(d.event->uid);
    p.publish("out");
    p.publish("out", d.ticket);
    p.publish("out", 0, d.event);
    return p.publish("out", d.ticket + 1) == HARK_STALE ? HARK_OK : HARK_REJECT;
  };
  hears.on_handle = [&](const hark_delivery& d, hark_error*) {
    causes.push_back(core::Uid::from(d.event->cause));
    return HARK_OK;
  };
  PluginStage stage;
  stage.run(p, "p", {"in"});
  stage.run(hears, "h", {"out"});
  stage.publish("in");
  REQUIRE(stage.quiet());
  CHECK(causes == std::vector<core::Uid>(3, handled));
  CHECK(stage.bus.read().subscribers.at(0).acknowledged == 1);
  CHECK(stage.log.has("refused p out: the delivery or event named as its cause is not open"));
}

TEST_CASE("a thread of the plugin names what led to its event by ticket or by a retained event") {
  FunctionPlugin p, hears;
  std::atomic<std::uint64_t> ticket{0};
  const hark_event* kept = nullptr;
  p.table.max_in_flight = 2;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    if (p.host->retain(p.host, d.event, &kept) != HARK_OK) return HARK_REJECT;
    ticket = d.ticket;
    return HARK_PENDING;
  };
  std::vector<std::pair<core::Uid, std::uint16_t>> links;
  hears.on_handle = [&](const hark_delivery& d, hark_error*) {
    links.emplace_back(core::Uid::from(d.event->root), d.event->hops);
    return HARK_OK;
  };
  PluginStage stage;
  stage.run(p, "p", {"in"});
  stage.run(hears, "h", {"out"});
  stage.publish("in");
  REQUIRE(eventually([&] { return ticket != 0; }));
  CHECK(p.publish("out", ticket) == HARK_OK);
  CHECK(p.publish("out", 0, kept) == HARK_OK);
  CHECK(p.publish("out") == HARK_OK);
  CHECK(p.host->complete(p.host, ticket, HARK_OK, 0, nullptr) == HARK_OK);
  CHECK(p.host->complete(p.host, ticket, HARK_OK, 0, nullptr) == HARK_STALE);
  CHECK(p.publish("out", ticket) == HARK_STALE);
  const core::Uid root = core::Uid::from(kept->root);
  p.host->release(p.host, kept);
  CHECK(p.publish("out", 0, kept) == HARK_INVALID);  // never followed: it is not ours any more
  p.host->release(p.host, kept);
  CHECK(stage.log.has("p: released an event that it does not hold"));
  REQUIRE(stage.quiet());
  REQUIRE(links.size() == 3);
  CHECK(links[0] == std::pair(root, std::uint16_t{1}));
  CHECK(links[1] == std::pair(root, std::uint16_t{1}));
  CHECK(links[2].second == 0);
}

TEST_CASE("publish_wait is for a plugin's own threads") {
  FunctionPlugin p;
  hark_result inside = HARK_OK, in_start = HARK_OK;
  const hark_message m = FunctionPlugin::message("other");
  p.on_start = [&](hark_error*) {
    in_start = p.host->publish_wait(p.host, &m, INT64_MAX, nullptr);
    return HARK_OK;
  };
  p.on_handle = [&](const hark_delivery&, hark_error*) {
    inside = p.host->publish_wait(p.host, &m, INT64_MAX, nullptr);
    hark_message hostile = m;
    hostile.type = {nullptr, 99};
    return p.host->publish_wait(p.host, &hostile, 0, nullptr) == HARK_INVALID ? HARK_OK : HARK_REJECT;
  };
  PluginStage stage;
  stage.run(p, "p", {"in"});
  stage.publish("in");
  REQUIRE(stage.quiet());
  CHECK(inside == HARK_INVALID);
  CHECK(in_start == HARK_INVALID);
  CHECK(stage.bus.read().subscribers.at(0).acknowledged == 1);
  hark_result outside = HARK_INVALID;
  std::thread([&] { outside = p.host->publish_wait(p.host, &m, 0, nullptr); }).join();
  CHECK(outside == HARK_OK);
}

TEST_CASE("every outcome of a publish has its code") {
  FunctionPlugin p, full;
  static constexpr const char* types[] = {"mine.*", nullptr};
  p.table.publishes = types;
  Gate gate;
  full.on_handle = [&](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  };
  host::InstanceOptions o;
  o.queue.events = 1;
  PluginStage stage;
  stage.run(p, "p", {"in"});
  stage.run(full, "full", {"mine.full"}, o);
  CHECK(p.publish("mine.a") == HARK_OK);
  CHECK(p.publish("other") == HARK_DENIED);
  CHECK(p.publish("hark.x") == HARK_DENIED);
  CHECK(p.publish("") == HARK_INVALID);
  CHECK(p.publish("mine.full") == HARK_OK);
  CHECK(p.publish("mine.full") == HARK_AGAIN);
  const std::string big(2u << 20, '1');
  hark_message m = FunctionPlugin::message("mine.a");
  m.data = core::bytes(big);
  CHECK(p.host->publish(p.host, &m, nullptr) == HARK_TOO_BIG);
  m = FunctionPlugin::message("mine.a");
  m.flags = HARK_M_TELL_SETTLED;
  CHECK(p.host->publish(p.host, &m, nullptr) == HARK_NOSUPPORT);
  m.size = 4;
  CHECK(p.host->publish(p.host, &m, nullptr) == HARK_INVALID);
  CHECK(p.host->publish(p.host, nullptr, nullptr) == HARK_INVALID);
  CHECK(p.host->complete(p.host, 1, HARK_FATAL, 0, nullptr) == HARK_INVALID);
  CHECK(p.host->complete(p.host, 1, HARK_AGAIN, 0, nullptr) == HARK_INVALID);
  CHECK(p.host->complete(p.host, 1, HARK_OK, 0, nullptr) == HARK_STALE);
  CHECK(p.host->extend(p.host, 1, 1) == HARK_STALE);
  CHECK(p.host->retain(p.host, nullptr, nullptr) == HARK_INVALID);
  CHECK(p.host->refuse_input(p.host, {nullptr, 3}, {}, {}) == HARK_INVALID);
  CHECK(p.host->refuse_input(p.host, {"x", 1}, core::str("line 1"), core::str("bad")) == HARK_OK);
  gate.open();
}

TEST_CASE("once the instance is stopped every function answers CLOSING or does nothing") {
  FunctionPlugin p;
  const hark_event* kept = nullptr;
  std::uint64_t ticket = 0;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    ticket = d.ticket;
    return p.host->retain(p.host, d.event, &kept) == HARK_OK ? HARK_PENDING : HARK_REJECT;
  };
  PluginStage stage;
  host::Instance& i = stage.run(p, "p", {"in"});
  const auto* subscriptions =
      static_cast<const hark_ext_subscriptions*>(p.host->extension(p.host, "hark.subscriptions/1"));
  const auto* metrics = static_cast<const hark_ext_metrics*>(p.host->extension(p.host, "hark.metrics/1"));
  const auto* flow = static_cast<const hark_ext_flow*>(p.host->extension(p.host, "hark.flow/1"));
  stage.publish("in");
  REQUIRE(eventually([&] { return stage.bus.read().subscribers.at(0).in_flight == 1; }));
  i.stop(stage.soon());
  const hark_host* h = p.host;
  const hark_message m = FunctionPlugin::message("n");
  std::uint64_t id = 0, events = 0, bytes = 0;
  CHECK(h->publish(h, &m, nullptr) == HARK_CLOSING);
  CHECK(h->publish_wait(h, &m, INT64_MAX, nullptr) == HARK_CLOSING);
  CHECK(h->refuse_input(h, {"x", 1}, {}, {}) == HARK_CLOSING);
  CHECK(h->retain(h, kept, &kept) == HARK_CLOSING);
  CHECK(h->complete(h, ticket, HARK_OK, 0, nullptr) == HARK_STALE);
  CHECK(h->extend(h, ticket, 1) == HARK_STALE);
  CHECK(subscriptions->subscribe(h, core::str("n"), &id) == HARK_CLOSING);
  CHECK(flow->room(h, core::str("n"), &events, &bytes) == HARK_CLOSING);
  CHECK(metrics->define(h, 0, core::str("n"), {}, {}) == 0);
  CHECK(h->intern(h, core::str("n")) == 0);
  h->release(h, kept);
  h->log(h, HARK_LOG_ERROR, 0, core::str("too late"), nullptr, 0);
  h->finished(h, HARK_OK, {});
  CHECK(h->now(h) > 0);
  CHECK_FALSE(stage.log.has("too late"));
  CHECK(stage.finished.empty());
}

TEST_CASE("a source says once that it has finished") {
  FunctionPlugin p;
  host::InstanceOptions o;
  o.role = HARK_ROLE_SOURCE;
  PluginStage stage;
  stage.run(p, "p", {}, o);
  p.host->finished(p.host, HARK_REJECT, core::str("no more"));
  p.host->finished(p.host, HARK_OK, {});
  CHECK(stage.finished == std::vector<std::string>{"-2 no more"});
}

TEST_CASE("a source that waits for room is let go when it is stopped") {
  FunctionPlugin p, full;
  Gate gate;
  full.on_handle = [&](const hark_delivery&, hark_error*) {
    gate.pass();
    return HARK_OK;
  };
  host::InstanceOptions one;
  one.queue.events = 1;
  PluginStage stage;
  stage.run(full, "full", {"n"}, one);
  std::thread speaks;
  hark_result last = HARK_OK;
  p.on_start = [&](hark_error*) {
    speaks = std::thread([&] {
      const hark_message m = FunctionPlugin::message("n");
      while (last == HARK_OK) last = p.host->publish_wait(p.host, &m, INT64_MAX, nullptr);
    });
    return HARK_OK;
  };
  p.on_stop = [&](hark_error*) {
    speaks.join();
    return HARK_OK;
  };
  host::InstanceOptions source;
  source.role = HARK_ROLE_SOURCE;
  host::Instance& i = stage.run(p, "p", {}, source);
  REQUIRE(eventually([&] { return gate.waiting() == 1; }));
  CHECK(i.stop(stage.soon()));
  CHECK(last == HARK_CLOSING);
  gate.open();
}

TEST_CASE("metrics are counted by instance and room tells the least of the queues") {
  FunctionPlugin p;
  host::InstanceOptions o;
  o.queue.events = 17;
  PluginStage stage;
  stage.run(p, "p", {"n"}, o);
  const auto* metrics = static_cast<const hark_ext_metrics*>(p.host->extension(p.host, "hark.metrics/1"));
  const std::uint32_t id = metrics->define(p.host, 0, core::str("sent"), core::str("1"), {});
  CHECK(id != 0);
  CHECK(metrics->define(p.host, 9, core::str("odd"), {}, {}) == 0);
  CHECK(metrics->define(p.host, 0, {nullptr, 4}, {}, {}) == 0);
  const hark_kv labels[] = {{core::str("to"), core::str("x")}, {core::str("how"), core::str("y")}};
  metrics->record(p.host, id, 2, labels, 2);
  metrics->record(p.host, id, 3, nullptr, 7);
  const auto values = stage.metrics.read();
  REQUIRE(values.size() == 2);
  CHECK(values[0].labels.empty());
  CHECK(values[0].sum == 3);
  CHECK(values[1].labels == "to=\"x\",how=\"y\"");
  CHECK(values[1].instance == "p");
  const auto* flow = static_cast<const hark_ext_flow*>(p.host->extension(p.host, "hark.flow/1"));
  std::uint64_t events = 0, bytes = 0;
  CHECK(flow->room(p.host, core::str("n"), &events, &bytes) == HARK_OK);
  CHECK(events == 17);
  CHECK(flow->room(p.host, {}, &events, &bytes) == HARK_INVALID);
  CHECK(flow->room(p.host, core::str("n"), nullptr, &bytes) == HARK_INVALID);
}

TEST_CASE("extensions are found by their name and what cannot hear cannot subscribe") {
  FunctionPlugin p, mute;
  mute.table.caps = HARK_CAP_SOURCE;
  PluginStage stage;
  stage.run(p, "p", {});
  host::InstanceOptions o;
  o.role = HARK_ROLE_SOURCE;
  stage.run(mute, "mute", {}, o);
  CHECK(p.host->extension(p.host, "hark.subscriptions/1") != nullptr);
  CHECK(mute.host->extension(mute.host, "hark.subscriptions/1") == nullptr);
  CHECK(p.host->extension(p.host, "hark.subscriptions/2") == nullptr);
  CHECK(p.host->extension(p.host, "hark.timers/1") == nullptr);
  CHECK(p.host->extension(p.host, "") == nullptr);
  CHECK(p.host->extension(p.host, nullptr) == nullptr);
}

TEST_CASE("subscriptions of a plugin are its own and its bad patterns are refused") {
  FunctionPlugin p, other;
  PluginStage stage;
  stage.run(p, "p", {});
  stage.run(other, "other", {});
  const auto* ext = static_cast<const hark_ext_subscriptions*>(p.host->extension(p.host, "hark.subscriptions/1"));
  std::uint64_t id = 0;
  CHECK(ext->subscribe(p.host, core::str("a..b"), &id) == HARK_INVALID);
  CHECK(stage.log.has("p: subscribe: "));
  CHECK(ext->subscribe(p.host, core::str("a"), nullptr) == HARK_INVALID);
  CHECK(ext->subscribe(p.host, {nullptr, 3}, &id) == HARK_INVALID);
  CHECK(ext->subscribe(p.host, core::str("a"), &id) == HARK_OK);
  CHECK(ext->unsubscribe(other.host, id) == HARK_STALE);
  stage.publish("a");
  REQUIRE(stage.quiet());
  CHECK(p.count("handle") == 1);
  CHECK(ext->unsubscribe(p.host, id) == HARK_OK);
  CHECK(ext->unsubscribe(p.host, id) == HARK_STALE);
  stage.publish("a");
  REQUIRE(stage.quiet());
  CHECK(p.count("handle") == 1);
}

TEST_CASE("log lines carry the delivery they are about and hostile ones do no harm") {
  FunctionPlugin p;
  p.on_handle = [&](const hark_delivery& d, hark_error*) {
    const hark_kv field{core::str("k"), core::str("v")};
    p.host->log(p.host, HARK_LOG_INFO, d.ticket, core::str("mine"), &field, 1);
    p.host->log(p.host, HARK_LOG_INFO, d.ticket + 1, core::str("another's"), nullptr, 5);
    p.host->log(p.host, HARK_LOG_DEBUG, 0, core::str("too quiet"), nullptr, 0);
    p.host->log(p.host, 99, 0, core::str("loud"), nullptr, 0);
    p.host->log(p.host, HARK_LOG_ERROR, 0, {nullptr, 9}, nullptr, 0);
    return HARK_OK;
  };
  PluginStage stage;
  stage.run(p, "p", {"in"});
  stage.publish("in");
  REQUIRE(stage.quiet());
  CHECK(stage.log.has("said p 2 mine attempt 1 k=v"));
  CHECK(stage.log.has("said p 2 another's"));
  CHECK_FALSE(stage.log.has("another's attempt"));
  CHECK(stage.log.has("said p 4 loud"));
  CHECK_FALSE(stage.log.has("too quiet"));
}
