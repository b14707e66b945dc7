// SPDX-License-Identifier: Apache-2.0
// torment(): leads a plugin through many short lives under a host that does everything plugin.h allows a host to do,
// and says what the plugin did that plugin.h does not allow a plugin to do. In any test framework, or none:
//
//   hark::testing::Torment t;
//   t.options = R"({"to":"bob"})";                        // valid by the plugin's schema
//   t.event("hi").event("hi", R"({"from":"ana"})");       // what it hears
//   for (const std::string& fault : hark::testing::torment(hark::module_of<Greet>(), t)) FAIL(fault);
//
// Nothing answered is good. A fault is three lines: what the plugin did, in which call of which life, against which
// rule:
//
//   the plugin completed a delivery twice
//     in:   handle(), event "hi", attempt 1, data {}, life 0 of seed 1 (a calm host)
//     rule: complete: "Exactly once" (hark/plugin.h)
//
// What the host does: no room, no memory, refusals, leases that end early, redeliveries, strange events, larger
// structs, unknown flags, no extensions or ones that refuse, outcomes at once, late or lost, calls on changing threads
// and at once where the plugin's HARK_THREADS_* allow it, ends at any moment. Each view ends where an unreadable page
// begins, and all memory of a call is unreadable once it has returned. So a read past n, of a text as if it ended in
// NUL, or after the call is a crash; on stderr stands then what was being done. A call that does not come back is told
// and aborted.
//
// The lives are the same for the same seed, but for what the plugin's own threads do in them. Not known here, so not
// looked for: an event that the plugin answers with OK and yet loses.
#pragma once

#include <functional>
#include <hark/testing/hostile/life.hpp>
#include <hark/testing/load_module.hpp>
#include <list>

namespace hark::testing {

struct Torment {
  std::string options = "{}";  // as the host would hand them over: valid by the plugin's schema
  std::vector<Given> events;   // for subscribers. torment() makes others from them; none: one of each declared type
  std::uint32_t role = 0;      // HARK_ROLE_*; 0: subscriber where the plugin can be one, else source
  std::string state_dir;       // empty: the host gives none
  std::function<void()> before_each;           // life: fresh input for a source
  unsigned lives = 60;                         // the first 20 have one trouble each, the rest mixtures
  std::uint32_t seed = 1;                      // of the mixtures
  std::optional<unsigned> only_life;           // again, on its own: the number is in the fault
  std::chrono::milliseconds patience{10'000};  // past this a call hangs

  Torment& event(std::string type, std::string data = "{}") {
    Given& g = events.emplace_back();
    g.type = std::move(type);
    g.data = std::move(data);
    return *this;
  }
};

namespace hostile {

// What a host looks at before it makes anything of a plugin.
inline void check_table(const hark_module& module, Faults& faults) {
  const BlackBox::Step step("the plugin's table");
  const hark_plugin& p = *module.plugin;
  const auto wrong = [&](const char* what, const char* rule) { faults.add(std::string("has ") + what, rule); };
  if (module.abi_major != HARK_ABI_MAJOR) wrong("another ABI major", "hark_module.abi_major");
  if (!HARK_HAS(&p, hark_plugin, extension)) wrong("a table that is too short", "R1: \"size\"");
  if (p.create == nullptr || p.destroy == nullptr) wrong("no create or no destroy", "hark_plugin: \"Never NULL\"");
  if ((p.caps & (HARK_CAP_SOURCE | HARK_CAP_SUBSCRIBER)) == 0)
    wrong("neither SOURCE nor SUBSCRIBER among its caps", "HARK_CAP_SOURCE, HARK_CAP_SUBSCRIBER");
  if ((p.caps & HARK_CAP_SUBSCRIBER) != 0 && p.handle == nullptr)
    wrong("no handle", "hark_plugin: \"Never NULL: ... handle where caps say SUBSCRIBER\"");
  if ((p.caps & HARK_CAP_INLINE) != 0 && p.threads != HARK_THREADS_CONCURRENT)
    wrong("INLINE without THREADS_CONCURRENT", "HARK_CAP_INLINE: \"needs THREADS_CONCURRENT\"");
  if (p.threads > HARK_THREADS_CONCURRENT) wrong("an unknown thread model", "HARK_THREADS_*");
  if (p.id == nullptr || *p.id == '\0') wrong("no id", "hark_plugin.id: \"stable for ever\"");
}

inline LifeOptions life_options(const hark_plugin& plugin, const Torment& t) {
  LifeOptions o{t.options, t.state_dir, t.role, t.events, threads_of_process()};
  const bool hears = (plugin.caps & HARK_CAP_SUBSCRIBER) != 0;
  if (o.role == 0) o.role = hears ? HARK_ROLE_SUBSCRIBER : HARK_ROLE_SOURCE;
  for (const char* const* p = plugin.subscribes; t.events.empty() && p != nullptr && *p != nullptr; ++p) {
    Given g;
    for (const char* c = *p; *c != '\0'; ++c) g.type += c[0] != '*' ? c[0] : c[1] == '*' ? 'x' : 'y';
    o.events.push_back(g);
  }
  if (o.events.empty()) o.events.emplace_back().type = "torment";
  return o;
}

// The tables that a thread which somebody left behind may still hold.
inline HostileHost& immortal(std::unique_ptr<HostileHost> host) {
  static auto& all = *new std::list<std::unique_ptr<HostileHost>>;
  return *all.emplace_back(std::move(host));
}

}  // namespace hostile

// The rules of plugin.h that the plugin broke, each once; empty: none. One at a time in a process.
inline std::vector<std::string> torment(const hark_module* module, const Torment& t = {}) {
  using namespace hostile;
  const BlackBox box(t.patience);
  Faults& faults = *new Faults;  // as immortal as the hosts that write to it
  static auto& all = *new std::list<std::unique_ptr<Faults>>;
  all.emplace_back(&faults);
  check_table(*module, faults);
  if (!faults.all().empty()) return faults.all();
  const LifeOptions options = life_options(*module->plugin, t);
  for (unsigned n = 0; n < t.lives; ++n) {
    if (t.only_life && *t.only_life != n) continue;
    Random random(std::uint64_t{t.seed} << 32 | n);
    const Mood mood = mood_of(n, random);
    HostileHost& host = immortal(std::make_unique<HostileHost>(*module->plugin, mood, random, faults));
    if (t.before_each) t.before_each();
    const std::string about =
        "life " + std::to_string(n) + " of seed " + std::to_string(t.seed) + " (" + mood.name + ")";
    Life life(host, options, about, random);
    if (life.run() || n != 0) continue;
    const BlackBox::Step step(about);
    faults.add("does not work with these options: " + life.failure(), "Torment::options, before_each");
    break;
  }
  return faults.all();
}
inline std::vector<std::string> torment(const std::filesystem::path& library, const Torment& t = {}) {
  return torment(load_module(library), t);
}

}  // namespace hark::testing
