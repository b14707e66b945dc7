#include "config/policy.h"

#include <algorithm>

#include "config/units.h"

namespace hark::config {
namespace {

using namespace std::chrono_literals;

constexpr Word<flow::WhenFull> when_full_words[] = {{"spill", flow::WhenFull::spill},
                                                    {"block", flow::WhenFull::block},
                                                    {"drop_oldest", flow::WhenFull::drop_oldest},
                                                    {"drop_newest", flow::WhenFull::drop_newest}};
constexpr Word<flow::OnUnknown> on_unknown_words[] = {{"retry", flow::OnUnknown::retry},
                                                      {"dead_letter", flow::OnUnknown::dead_letter}};
constexpr Advice later_keys[] = {{"rate", "leave it out; a plugin may answer \"not now\" to slow its own deliveries"},
                                 {"order_by", "leave it out; first attempts start in publishing order"},
                                 {"concurrency", "leave it out; each subscriber is one serial lane"},
                                 {"batch", "leave it out; the plugin says how many it takes at once"},
                                 {"dedupe", "leave it out; a subscriber may compare source and id itself"}};

void read_queue(TableReader& table, Policy& policy) {
  std::optional<TableReader> queue = table.table("queue");
  if (!queue) return;
  queue->integer("events", policy.queue.events, std::uint64_t{1}, std::uint64_t{1'000'000});
  if (const auto place = queue->size("bytes", policy.queue.bytes, 64u << 10, 64ull << 30)) {
    policy.queue_bytes_place = *place;
  }
  queue->word<flow::WhenFull>("when_full", policy.queue.when_full, when_full_words);
  queue->duration("max_wait", policy.queue.max_wait, 0ms, longest_duration);
  queue->size("spill_bytes", policy.queue.spill_bytes, 1u << 20, 1ull << 50);
  queue->done();
}

void read_retry(TableReader& table, flow::RetryOptions& retry) {
  std::optional<TableReader> reader = table.table("retry");
  if (!reader) return;
  reader->integer("attempts", retry.attempts, 1, 1000);
  const auto base = reader->duration("base", retry.base, 100us, 1h);
  const auto max = reader->duration("max", retry.max, 100us, longest_duration);
  reader->boolean("jitter", retry.jitter);
  reader->done();
  if ((base || max) && retry.max < retry.base) {
    table.report().error(max ? *max : *base,
                         reader->path() + ": max (" + format_duration(retry.max) + ") is shorter than base (" +
                             format_duration(retry.base) + ")",
                         "the wait starts at base and doubles up to max");
  }
}

void read_breaker(TableReader& table, flow::BreakerOptions& breaker) {
  std::optional<TableReader> reader = table.table("breaker");
  if (!reader) return;
  reader->integer("open_after", breaker.open_after, 0, 1'000'000);
  reader->duration("probe_every", breaker.probe_every, 1ms, longest_duration);
  reader->done();
}

}  // namespace

std::string_view to_text(flow::WhenFull when_full) {
  return std::ranges::find(when_full_words, when_full, &Word<flow::WhenFull>::value)->text;
}

void read_restart(TableReader& table, flow::RestartOptions& restart) {
  std::optional<TableReader> reader = table.table("restart");
  if (!reader) return;
  reader->integer("max", restart.max, 0, 1000);
  reader->duration("within", restart.within, 1ms, longest_duration);
  reader->done();
}

void read_policy(TableReader& table, Policy& policy) {
  read_queue(table, policy);
  read_retry(table, policy.delivery.retry);
  read_breaker(table, policy.delivery.breaker);
  policy.timeout_place = table.duration("timeout", policy.delivery.timeout, 1ms, longest_duration);
  table.word<flow::OnUnknown>("on_unknown", policy.delivery.on_unknown, on_unknown_words);
  table.boolean("dead_letter", policy.delivery.dead_letter);
  table.boolean("required", policy.required);
  read_restart(table, policy.restart);
  table.later(later_keys);
}

}  // namespace hark::config
