// What a plugin in a worker asks of the host: the same functions of hark_host that it would call itself in here.
//
// The payload is a copy of a stranger's bytes. A request that makes no sense is INVALID.
#include <algorithm>
#include <vector>

#include "core/futex.h"
#include "worker/link.h"

namespace hark::worker {
namespace {

constexpr std::uint32_t most_fields = 64, most_attributes = 1024;

std::vector<hark_kv> fields_of(Unpacker& in) {
  std::vector<hark_kv> fields(std::min(in.value<std::uint32_t>(), most_fields));
  for (hark_kv& f : fields) {
    f.k = in.str();
    f.v = in.str();
  }
  return fields;
}

hark_error error_of(std::string_view text) {
  hark_error error;
  error.len = static_cast<std::uint32_t>(text.copy(error.msg, sizeof error.msg));
  return error;
}

template <class Table>
const Table* extension(const hark_host& host, const char* id) {
  return static_cast<const Table*>(host.extension(&host, id));
}

}  // namespace

void Link::reply(hark_result r, std::uint64_t first, std::uint64_t second, const std::uint8_t* uid) {
  Reply& reply = words().reply;
  reply.result = r;
  reply.first = first;
  reply.second = second;
  if (uid != nullptr) std::copy_n(uid, 16, reply.uid);
  reply.serial.store(++serial_, std::memory_order_seq_cst);
  if (theirs().waits_for_reply.load(std::memory_order_seq_cst) != 0) core::futex_wake_shared(reply.serial);
}

void Link::serve(Up kind, std::string_view payload) {
  const hark_host* const h = &host_;
  Unpacker in(payload);
  switch (kind) {
    case Up::done: return;
    case Up::log: return serve_log(in);
    case Up::publish: return serve_publish(in);
    case Up::refuse_input: {
      const hark_bytes input = core::bytes(in.text());
      const hark_str origin = in.str(), why = in.str();
      if (in.good()) h->refuse_input(h, input, origin, why);
      return;
    }
    case Up::finished: {
      const auto r = in.value<hark_result>();
      return h->finished(h, r, in.str());
    }
    case Up::complete: {
      const auto ticket = in.value<std::uint64_t>();
      const auto r = in.value<hark_result>();
      const auto after = in.value<std::int64_t>();
      const hark_error error = error_of(in.text());
      return reply(in.good() ? h->complete(h, ticket, r, after, &error) : HARK_INVALID);
    }
    case Up::extend: {
      const auto ticket = in.value<std::uint64_t>();
      return reply(h->extend(h, ticket, in.value<std::int64_t>()));
    }
    case Up::retain: return serve_retain(in);
    case Up::release: {
      const auto found = retained_.find(in.value<std::uint64_t>());
      if (found == retained_.end()) return;
      h->release(h, found->second);
      retained_.erase(found);
      return;
    }
    default: return serve_extension(kind, in);
  }
}

// The extensions of hark_host, which the instance may not have.
void Link::serve_extension(Up kind, Unpacker& in) {
  const hark_host* const h = &host_;
  switch (kind) {
    case Up::define: {
      const auto what = in.value<std::int32_t>();
      const hark_str name = in.str(), unit = in.str(), help = in.str();
      const auto* metrics = extension<hark_ext_metrics>(host_, "hark.metrics/1");
      return reply(HARK_OK, in.good() && metrics != nullptr ? metrics->define(h, what, name, unit, help) : 0);
    }
    case Up::record: {
      const auto id = in.value<std::uint32_t>();
      const auto value = in.value<double>();
      const std::vector<hark_kv> labels = fields_of(in);
      const auto* metrics = extension<hark_ext_metrics>(host_, "hark.metrics/1");
      if (in.good() && metrics != nullptr)
        metrics->record(h, id, value, labels.data(), static_cast<std::uint32_t>(labels.size()));
      return;
    }
    case Up::room: {
      std::uint64_t events = 0, bytes = 0;
      const auto* flow = extension<hark_ext_flow>(host_, "hark.flow/1");
      const hark_result r = flow != nullptr ? flow->room(h, in.str(), &events, &bytes) : HARK_NOSUPPORT;
      return reply(r, events, bytes);
    }
    case Up::subscribe: {
      const auto* subscriptions = extension<hark_ext_subscriptions>(host_, "hark.subscriptions/1");
      std::uint64_t id = 0;
      const hark_result r = subscriptions != nullptr ? subscriptions->subscribe(h, in.str(), &id) : HARK_NOSUPPORT;
      return reply(r, id);
    }
    case Up::unsubscribe: {
      const auto* subscriptions = extension<hark_ext_subscriptions>(host_, "hark.subscriptions/1");
      return reply(subscriptions != nullptr ? subscriptions->unsubscribe(h, in.value<std::uint64_t>())
                                            : HARK_NOSUPPORT);
    }
    case Up::start_timer: {
      const auto delay = in.value<std::int64_t>(), period = in.value<std::int64_t>();
      const auto user = in.value<std::uint64_t>();
      const auto* timers = extension<hark_ext_timers>(host_, "hark.timers/1");
      std::uint64_t id = 0;
      const hark_result r = timers != nullptr ? timers->start(h, delay, period, user, &id) : HARK_NOSUPPORT;
      return reply(r, id);
    }
    case Up::cancel_timer: {
      const auto* timers = extension<hark_ext_timers>(host_, "hark.timers/1");
      return reply(timers != nullptr ? timers->cancel(h, in.value<std::uint64_t>()) : HARK_NOSUPPORT);
    }
    default: return;
  }
}

void Link::serve_log(Unpacker& in) {
  const auto level = in.value<std::int32_t>();
  const auto ticket = in.value<std::uint64_t>(), lost = in.value<std::uint64_t>();
  const hark_str message = in.str();
  const std::vector<hark_kv> fields = fields_of(in);
  if (!in.good()) return;
  host_.log(&host_, level, ticket, message, fields.data(), static_cast<std::uint32_t>(fields.size()));
  if (lost == 0) return;
  const std::string text = std::to_string(lost) + " log line(s) found no room on their way out of its process";
  host_.log(&host_, HARK_LOG_WARN, 0, core::str(text), nullptr, 0);
}

// Whether data is JSON is not for the worker to say: the flag that would spare the host the look is taken off.
void Link::serve_publish(Unpacker& in) {
  hark_message m{};
  m.size = sizeof m;
  m.flags = in.value<std::uint32_t>() & ~HARK_M_DATA_CHECKED;
  m.cause = in.value<std::uint64_t>();
  const auto kept = in.value<std::uint64_t>();
  m.token = in.value<std::uint64_t>();
  m.time_ns = in.value<std::int64_t>();
  for (hark_str* s : {&m.type, &m.id, &m.source, &m.subject, &m.content_type, &m.schema, &m.time_text}) *s = in.str();
  m.key = core::bytes(in.text());
  const bool has_data = in.value<std::uint32_t>() != 0;
  const std::string_view data = in.text();
  m.data = has_data ? hark_bytes{data.data() != nullptr ? data.data() : "", data.size()} : hark_bytes{};
  const auto n = in.value<std::uint32_t>();
  std::vector<hark_attr> attributes(std::min(n, most_attributes));
  for (hark_attr& a : attributes) {
    a.k = in.str();
    a.v = in.str();
    a.kind = in.value<std::uint32_t>();
  }
  m.attributes = attributes.data();
  m.n_attributes = static_cast<std::uint32_t>(attributes.size());
  const auto found = retained_.find(kept);
  if (kept != 0 && found != retained_.end()) m.caused_by = found->second;
  if (!in.good() || n > most_attributes || (kept != 0 && m.caused_by == nullptr)) return reply(HARK_INVALID);
  std::uint8_t uid[16] = {};
  const hark_result r = host_.publish(&host_, &m, uid);
  reply(r, 0, 0, uid);
}

// The host keeps a copy as well: what the event led to later is derived from that one.
void Link::serve_retain(Unpacker& in) {
  const auto found = std::ranges::find(handled_, in.value<std::uint64_t>(), &hark_delivery::ticket);
  if (found == handled_.end()) return reply(HARK_INVALID);
  const hark_event* kept = nullptr;
  const hark_result r = host_.retain(&host_, (*found)->event, &kept);
  if (r == HARK_OK) retained_.emplace(++last_retained_, kept);
  reply(r, last_retained_);
}

}  // namespace hark::worker
