// SPDX-License-Identifier: Apache-2.0
// hark/plugin.hpp - the C++ SDK over hark/plugin.h. C++17, needs nothing but the language's own headers.
//
//   class Greeter {
//    public:
//     static constexpr auto info = hark::Info("com.example.greeter", "1.0.0").hears("hi").publishes("greeted");
//     explicit Greeter(hark::Context& ctx) : ctx_(ctx) {}
//     void handle(const hark::Delivery& d) { ctx_.publish("greeted", d.event().data()); }
//    private:
//     hark::Context& ctx_;
//   };
//   HARK_PLUGIN(Greeter)
//
// The class is one configured instance. Constructor: from hark::Context&, or none. Public members, all but one of the
// first two optional, each returning void, hark::Result or what converts to it:
//   handle(const hark::Delivery&)       one event                                              [dispatch]
//   handle_batch(hark::Batch&)          several; say Info::batch(n)                            [dispatch]
//   start()                             after the constructor; a source starts its threads     [control]
//   stop() / stop(int64_t until_ns)     join own threads, finish or leave what is pending      [control]
//   flush() / flush(int64_t until_ns)   deliver what is buffered                               [control]
//   reconfigure()                       without it the host restarts the instance              [control]
//   on_timer(uint64_t user)             a timer of Context::timer()                            [dispatch]
//   outcome(uint32_t stage, const uint64_t* tokens, uint32_t n, hark_result)  see Message::tell  [any]
// The tags are those of plugin.h. A member of one of these names with another signature does not compile.
//
// What throws: hark::Retry, Reject, Again and Fatal are the answers of their names; any other exception is RETRY from
// handle() and handle_batch() and a failure from everything else, with its what() as the text.
#pragma once

#include <hark/sdk/context.hpp>
#include <hark/sdk/events.hpp>
#include <hark/sdk/fence.hpp>
#include <hark/sdk/info.hpp>

namespace hark {

// Several deliveries handed over at once. A slot that is not answered takes what handle_batch() returns or throws.
class Batch {
 public:
  Batch(const hark_host* host, const hark_delivery* const* d, std::uint32_t n, hark_result* results, hark_error* err)
      : host_(host), deliveries_(d), results_(results), err_(err), n_(n) {}

  std::uint32_t size() const { return n_; }
  Delivery operator[](std::uint32_t i) const { return Delivery(deliveries_[i]); }
  // The first text given is the one that the host hears.
  void answer(std::uint32_t i, const Result& r) {
    results_[i] = r.code();
    if (!r.text().empty() && err_ != nullptr && err_->len == 0) set_error(err_, r.text());
    if (r.delay().count() <= 0 || r.code() != HARK_RETRY) return;
    hark_error why{};
    set_error(&why, r.text());
    const std::uint64_t ticket = deliveries_[i]->ticket;
    if (host_->complete(host_, ticket, HARK_RETRY, r.delay().count(), &why) == HARK_OK) results_[i] = HARK_PENDING;
  }

 private:
  const hark_host* host_;
  const hark_delivery* const* deliveries_;
  hark_result* results_;
  hark_error* err_;
  std::uint32_t n_;
};

namespace detail {

// has_NAME<T, Args...>: T has a public member that can be called so. names_NAME<T>: it has one of that name at all.
#define HARK_DETECT_(member)                                                                                 \
  template <class Void, class T, class... Args>                                                              \
  struct can_##member : std::false_type {};                                                                  \
  template <class T, class... Args>                                                                          \
  struct can_##member<std::void_t<decltype(std::declval<T&>().member(std::declval<Args>()...))>, T, Args...> \
      : std::true_type {};                                                                                   \
  template <class T, class... Args>                                                                          \
  inline constexpr bool has_##member = can_##member<void, T, Args...>::value;                                \
  template <class T, class = void>                                                                           \
  inline constexpr bool names_##member = false;                                                              \
  template <class T>                                                                                         \
  inline constexpr bool names_##member<T, std::void_t<decltype(&T::member)>> = true;
HARK_DETECT_(handle)
HARK_DETECT_(handle_batch)
HARK_DETECT_(start)
HARK_DETECT_(stop)
HARK_DETECT_(flush)
HARK_DETECT_(reconfigure)
HARK_DETECT_(on_timer)
HARK_DETECT_(outcome)
HARK_DETECT_(agree_with)
#undef HARK_DETECT_

template <class T>
struct Traits {
  static constexpr bool one = has_handle<T, const Delivery&>;
  static constexpr bool batch = has_handle_batch<T, Batch&>;
  static constexpr bool stop = has_stop<T> || has_stop<T, std::int64_t>;
  static constexpr bool flush = has_flush<T> || has_flush<T, std::int64_t>;
  static constexpr bool outcome = has_outcome<T, std::uint32_t, const std::uint64_t*, std::uint32_t, hark_result>;
  static constexpr bool timer = has_on_timer<T, std::uint64_t>;
  static constexpr std::uint32_t caps = T::info.caps() | (one || batch ? HARK_CAP_SUBSCRIBER : 0u);

  static_assert(one || !names_handle<T>, "handle: expected handle(const hark::Delivery&)");
  static_assert(batch || !names_handle_batch<T>, "handle_batch: expected handle_batch(hark::Batch&)");
  static_assert(has_start<T> || !names_start<T>, "start: expected start()");
  static_assert(stop || !names_stop<T>, "stop: expected stop() or stop(int64_t until_ns)");
  static_assert(flush || !names_flush<T>, "flush: expected flush() or flush(int64_t until_ns)");
  static_assert(has_reconfigure<T> || !names_reconfigure<T>, "reconfigure: expected reconfigure()");
  static_assert(timer || !names_on_timer<T>, "on_timer: expected on_timer(uint64_t user)");
  static_assert(outcome || !names_outcome<T>,
                "outcome: expected outcome(uint32_t stage, const uint64_t* tokens, uint32_t n, hark_result)");
  static_assert((caps & (HARK_CAP_SOURCE | HARK_CAP_SUBSCRIBER)) != 0,
                "a plugin needs a public handle(const hark::Delivery&), or Info::source()");
  static_assert(batch == T::info.batches(), "handle_batch() and Info::batch(n) go together");
  static_assert((caps & HARK_CAP_INLINE) == 0 || T::info.threads() == Threads::concurrent,
                "HARK_CAP_INLINE needs Threads::concurrent");
};

template <class T>
T make(Context& context) {
  if constexpr (std::is_constructible_v<T, Context&>) {
    return T(context);
  } else {
    (void)context;
    return T();
  }
}

// What stands behind a hark_instance, and the functions of its table.
template <class T>
struct Instance {
  Instance(const hark_host* host, const hark_create_info* info) : context(host, info), plugin(make<T>(context)) {
    if constexpr (has_agree_with<T, const Info&>) plugin.agree_with(T::info);
  }

  Context context;
  T plugin;

  static Instance& of(hark_instance* i) { return *reinterpret_cast<Instance*>(i); }

  static hark_result create(const hark_host* host, const hark_create_info* info, hark_instance** out, hark_error* err) {
    *out = nullptr;
    return fence(err, HARK_REJECT, [&] { *out = reinterpret_cast<hark_instance*>(new Instance(host, info)); });
  }

  static hark_result start(hark_instance* i, hark_error* err) {
    if constexpr (has_start<T>) return fence(err, HARK_REJECT, [&] { return of(i).plugin.start(); });
    return (void)i, (void)err, HARK_OK;
  }

  static hark_result handle(hark_instance* i, const hark_delivery* d, hark_error* err) {
    if constexpr (Traits<T>::one) {
      std::chrono::nanoseconds delay{};
      const hark_result r = fence(err, HARK_RETRY, delay, [&] { return of(i).plugin.handle(Delivery(d)); });
      if (r != HARK_RETRY || delay.count() <= 0) return r;
      // A result code cannot carry a delay, an early completion can.
      const hark_host* host = of(i).context.raw();
      return host->complete(host, d->ticket, HARK_RETRY, delay.count(), err) == HARK_OK ? HARK_PENDING : r;
    } else if constexpr (Traits<T>::batch) {
      hark_result slot = HARK_UNSET;
      const hark_result r = handle_batch(i, &d, 1, &slot, err);
      return slot != HARK_UNSET ? slot : r;
    } else {
      return (void)i, (void)d, (void)err, HARK_SKIP;
    }
  }

  static hark_result handle_batch(hark_instance* i, const hark_delivery* const* d, std::uint32_t n,
                                  hark_result* results, hark_error* err) {
    return fence(err, HARK_RETRY, [&] {
      Batch batch(of(i).context.raw(), d, n, results, err);
      return of(i).plugin.handle_batch(batch);
    });
  }

  static hark_result on_timer(hark_instance* i, std::uint64_t user, hark_error* err) {
    return fence(err, HARK_FATAL, [&] { return of(i).plugin.on_timer(user); });
  }

  static void outcome(hark_instance* i, std::uint32_t stage, const std::uint64_t* tokens, std::uint32_t n,
                      hark_result r) {
    hark_error err{};
    const hark_result said = fence(&err, HARK_REJECT, [&] { return of(i).plugin.outcome(stage, tokens, n, r); });
    if (said < 0) of(i).context.error("outcome() failed", {{"error", std::string_view(err.msg, err.len)}});
  }

  static hark_result flush(hark_instance* i, std::int64_t until_ns, hark_error* err) {
    return fence(err, HARK_AGAIN, [&] {
      if constexpr (has_flush<T, std::int64_t>) {
        return of(i).plugin.flush(until_ns);
      } else {
        return (void)until_ns, of(i).plugin.flush();
      }
    });
  }

  static hark_result reconfigure(hark_instance* i, hark_error* err) {
    return fence(err, HARK_NOSUPPORT, [&] { return of(i).plugin.reconfigure(); });
  }

  static hark_result stop(hark_instance* i, std::int64_t until_ns, hark_error* err) {
    if constexpr (has_stop<T, std::int64_t>) {
      return fence(err, HARK_REJECT, [&] { return of(i).plugin.stop(until_ns); });
    } else if constexpr (has_stop<T>) {
      return fence(err, HARK_REJECT, [&] { return of(i).plugin.stop(); });
    }
    return (void)i, (void)until_ns, (void)err, HARK_OK;
  }

  static void destroy(hark_instance* i) {
    (void)fence(nullptr, HARK_REJECT, [&] { delete &of(i); });
  }

  static const void* extension(const hark_plugin*, const char* id) {
    const void* found = nullptr;
    (void)fence(nullptr, HARK_REJECT, [&] {
      if (std::string_view(id) != "hark.events/1") return;
      static const EventTable<T::info.count_events()> events(T::info);
      found = events.table();
    });
    return found;
  }
};

template <class T>
constexpr hark_plugin make_table() {
  using I = Instance<T>;
  hark_plugin t = T::info.table(Traits<T>::caps);
  t.create = &I::create;
  t.start = &I::start;
  t.handle = &I::handle;
  t.stop = &I::stop;
  t.destroy = &I::destroy;
  if constexpr (Traits<T>::batch) t.handle_batch = &I::handle_batch;
  if constexpr (Traits<T>::timer) t.on_timer = &I::on_timer;
  if constexpr (Traits<T>::outcome) t.outcome = &I::outcome;
  if constexpr (Traits<T>::flush) t.flush = &I::flush;
  if constexpr (has_reconfigure<T>) t.reconfigure = &I::reconfigure;
  if constexpr (T::info.count_events() != 0) t.extension = &I::extension;
  return t;
}

template <class T>
struct Tables {
  static constexpr hark_plugin plugin = make_table<T>();
  static constexpr hark_module module = {
      sizeof(hark_module), HARK_ABI_MAJOR, HARK_ABI_MINOR, T::info.min_host(), 0, 0, &plugin};
};

template <class T>
const hark_module* enter(const hark_loader* loader, hark_error* err) {
  if (loader->host_abi_minor >= T::info.min_host()) return &Tables<T>::module;
  (void)fence(err, HARK_REJECT, [&]() -> Result {
    return Reject("needs plugin ABI 1." + std::to_string(T::info.min_host()) + " or newer, this host has 1." +
                  std::to_string(loader->host_abi_minor));
  });
  return nullptr;
}

}  // namespace detail

// The tables of a plugin class, as hark_entry_v1 would give them: for tests that link it statically.
template <class T>
const hark_module* module_of() {
  return &detail::Tables<T>::module;
}

}  // namespace hark

// Makes a class the plugin of this library. Once in a library, outside of every namespace.
#define HARK_PLUGIN(Class)                                                                                        \
  HARK_NOTE_PLACE_ static constexpr hark_note hark_note_ = Class::info.note(::hark::detail::Traits<Class>::caps); \
  extern "C" HARK_EXPORT const hark_module* HARK_CALL hark_entry_v1(const hark_loader* loader, hark_error* err) { \
    return ::hark::detail::enter<Class>(loader, err);                                                             \
  }                                                                                                               \
  static_assert(true, "so that HARK_PLUGIN(X); and HARK_PLUGIN(X) are both fine")
