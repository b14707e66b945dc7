#include "worker/remote_plugin.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "bus/callee.h"
#include "core/clock.h"

namespace hark::worker {
namespace {

constexpr std::int64_t control_ns = 30'000'000'000;  // what create, start, a timer or an outcome may take
constexpr std::int64_t grace_ns = 1'000'000'000;     // after the deadline that a call was given
constexpr std::uint32_t stream = 256;                // events sent at once to a plugin that takes one at a time

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& t : texts) all.push_back(t.c_str());
  all.push_back(nullptr);
  return all;
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void say(hark_error* error, std::string_view text) {
  if (error != nullptr) error->len = static_cast<std::uint32_t>(text.copy(error->msg, sizeof error->msg));
}

// Not to be mistaken for what this side says: an unknown code, as it was.
hark_result from_outside(hark_result r) { return std::max(r, bus::result_ended + 1); }

}  // namespace

struct RemotePlugin::Functions {
  static Link& link(hark_instance* i) { return *reinterpret_cast<Link*>(i); }

  static hark_result control(hark_instance* i, Down kind, const Packer& payload, std::int64_t until_ns,
                             hark_error* error) {
    const Outcome o = link(i).call(kind, payload.bytes(), until_ns);
    say(error, o.error);
    return from_outside(o.result);
  }
  static std::int64_t soon() { return core::now_ns() + control_ns; }

  static hark_result start(hark_instance* i, hark_error* e) { return control(i, Down::start, {}, soon(), e); }
  static hark_result timer(hark_instance* i, std::uint64_t user, hark_error* e) {
    return control(i, Down::timer, Packer().value(user), soon(), e);
  }
  static hark_result flush(hark_instance* i, std::int64_t until_ns, hark_error* e) {
    return control(i, Down::flush, Packer().value(until_ns), until_ns + grace_ns, e);
  }
  static hark_result reconfigure(hark_instance* i, hark_error* e) {
    return control(i, Down::reconfigure, {}, soon(), e);
  }
  static hark_result stop(hark_instance* i, std::int64_t until_ns, hark_error* e) {
    if (link(i).has_ended()) return HARK_OK;  // told already
    return control(i, Down::stop, Packer().value(until_ns), until_ns + grace_ns, e);
  }
  static void outcome(hark_instance* i, std::uint32_t stage, const std::uint64_t* tokens, std::uint32_t n,
                      hark_result r) {
    static constexpr std::uint32_t at_once = 4096;
    for (std::uint32_t at = 0; at < n; at += at_once) {
      const std::uint32_t some = std::min(at_once, n - at);
      Packer p;
      p.value(stage).value(r).value(some);
      for (std::uint32_t k = at; k < at + some; ++k) p.value(tokens[k]);
      control(i, Down::outcome, p, soon(), nullptr);
    }
  }
  static void destroy(hark_instance* i) {
    const std::unique_ptr<Link> owner(&link(i));
    owner->call(Down::destroy, {}, core::now_ns() + grace_ns);
    owner->end();
  }

  // Lanes call nothing else of a contained plugin: see bus::Callee.
  static hark_result handle(hark_instance*, const hark_delivery*, hark_error*) { return HARK_NOSUPPORT; }
  static hark_result handle_batch(hark_instance* i, const hark_delivery* const* deliveries, std::uint32_t n,
                                  hark_result* results, hark_error* error) {
    const std::span<hark_result> all(results, n);
    const Link::Run run = link(i).deliver({deliveries, n}, all);
    say(error, run.outcome.error);
    for (std::uint32_t k = 0; k < n; ++k) {
      const bool suspect = k == run.suspect || run.all_suspect;
      if (results[k] == HARK_UNSET) {
        results[k] = suspect ? bus::result_ended : bus::result_not_begun;
      } else {
        results[k] = from_outside(results[k]);
      }
    }
    return run.outcome.what == Outcome::What::answered ? hark_result{HARK_OK} : bus::result_ended;
  }

  static const void* extension(const hark_plugin* p, const char* id) {
    const RemotePlugin& self = *reinterpret_cast<const Table*>(p)->plugin;
    const bool asked = id != nullptr && std::string_view(id) == "hark.events/1";
    return asked && self.events_.n != 0 ? &self.events_ : nullptr;
  }
};

RemotePlugin::RemotePlugin(host::Description description, LinkOptions options)
    : description_(std::move(description)),
      options_(std::move(options)),
      subscribes_(pointers(description_.subscribes)),
      publishes_(pointers(description_.publishes)) {
  for (const host::DescribedEvent& e : description_.events) {
    types_.push_back(
        {sizeof(hark_event_type), e.heard ? HARK_EVENT_HEARD : HARK_EVENT_PUBLISHED, e.type.c_str(), e.schema.c_str()});
  }
  for (const hark_event_type& t : types_) type_pointers_.push_back(&t);
  events_ = {sizeof events_, static_cast<std::uint32_t>(types_.size()), type_pointers_.data()};
  using F = Functions;
  const host::Description& d = description_;
  const bool hears = (d.caps & HARK_CAP_SUBSCRIBER) != 0;
  const auto if_it_has = [&](std::uint32_t function, auto ours) {
    return (d.functions & function) != 0 ? ours : nullptr;
  };
  hark_plugin& t = table_.table;
  t.size = sizeof t;
  t.caps = d.caps;
  t.threads = HARK_THREADS_SERIAL;  // its process has one thread for all calls
  t.max_in_flight = d.max_in_flight;
  t.max_batch = (d.functions & host::has_handle_batch) != 0 ? d.max_batch : stream;
  t.id = d.id.c_str();
  t.name = d.name.c_str();
  t.version = d.version.c_str();
  t.vendor = or_null(d.vendor);
  t.license = or_null(d.license);
  t.config_schema = or_null(d.schema);
  t.subscribes = d.subscribes.empty() ? nullptr : subscribes_.data();
  t.publishes = d.publishes_any ? nullptr : publishes_.data();
  t.start = F::start;
  t.handle = hears ? F::handle : nullptr;
  t.handle_batch = hears ? F::handle_batch : nullptr;
  t.on_timer = if_it_has(host::has_on_timer, F::timer);
  t.outcome = if_it_has(host::has_outcome, F::outcome);
  t.flush = if_it_has(host::has_flush, F::flush);
  t.reconfigure = if_it_has(host::has_reconfigure, F::reconfigure);
  t.stop = F::stop;
  t.destroy = F::destroy;
  t.extension = F::extension;
  table_.plugin = this;
}

hark_result RemotePlugin::create(const hark_host* host, const hark_create_info* info, OnEnd on_end, hark_instance** out,
                                 hark_error* error) {
  auto made = std::make_unique<Link>(options_, *host, std::move(on_end));
  if (auto begun = made->begin(); !begun) {
    say(error, "its process could not be started: " + begun.error().message);
    return HARK_INVALID;
  }
  const Packer p =
      Packer().value(info->role).value(info->generation).text(info->name).text(info->options).text(info->state_dir);
  const Outcome o = made->call(Down::create, p.bytes(), core::now_ns() + control_ns);
  say(error, o.error);
  if (o.result != HARK_OK) {
    made->end();
    return from_outside(o.result);
  }
  *out = reinterpret_cast<hark_instance*>(made.release());
  return HARK_OK;
}

}  // namespace hark::worker
