#include "bus/thread_context.h"

#include <algorithm>
#include <utility>

#include "bus/bus.h"
#include "core/signal_ready.h"

namespace hark::bus {

// The contexts of one thread, one for each bus it has published to (a process normally has one bus).
struct ThreadContexts {
  struct Held {
    std::uint64_t bus;
    std::shared_ptr<ThreadContext> context;
  };
  std::vector<Held> held;

  ~ThreadContexts() {
    for (const Held& h : held) h.context->thread_lives_.store(false, std::memory_order_release);
  }
};

ThreadContext& ThreadContext::of(Bus& bus) {
  static constinit thread_local std::uint64_t last_bus = 0;
  static constinit thread_local ThreadContext* last = nullptr;
  if (last != nullptr && last_bus == bus.id()) return *last;
  thread_local ThreadContexts mine;
  core::be_ready_for_signals();  // inline subscribers are called here
  auto found = std::ranges::find(mine.held, bus.id(), &ThreadContexts::Held::bus);
  if (found == mine.held.end()) {
    // Contexts of buses that are gone are only ours: let them go.
    std::erase_if(mine.held, [](const ThreadContexts::Held& h) { return h.context.use_count() == 1; });
    mine.held.push_back({bus.id(), std::make_shared<ThreadContext>()});
    found = mine.held.end() - 1;
    bus.adopt(found->context);
  }
  last_bus = bus.id();
  last = found->context.get();
  return *last;
}

ThreadContext::Route& ThreadContext::add_route(std::string_view type, core::Names& names) {
  if (routes_.size() == core::Names::limit) {
    for (auto& [text, route] : routes_) retired.push_back(std::move(route->hearers));
    lately_ = {};
    routes_.clear();
  }
  auto route = std::make_unique<Route>();
  route->text = type;
  const Ends ends(type);
  route->first = ends.first;
  route->last = ends.last;
  route->name = names.intern(type);
  return *routes_.emplace(std::string_view(route->text), std::move(route)).first->second;
}

ThreadContext::Route* ThreadContext::find_further(std::string_view type) {
  const auto it = routes_.find(type);
  return it == routes_.end() ? nullptr : lately_[Ends(type).index()] = it->second.get();
}

void ThreadContext::resolve(Route& route, const Registry& registry) {
  const std::uint64_t generation = registry.generation();
  if (route.hearers != nullptr) retired.push_back(std::move(route.hearers));
  auto hearers = std::make_unique<Hearers>();
  hearers->match = registry.match(route.text);
  for (const Match::Target& target : hearers->match->targets) {
    Subscriber& s = *target.subscriber;
    const Subscription& first = *hearers->match->alternatives[target.first];
    const bool conditional = !first.filter.empty() || first.id != 0;
    Hearer hearer{&s, nullptr, nullptr, first.id, Hearer::How::queue, conditional};
    if (s.is_inline()) {
      hearer.callee = &s.lane().in_line;
      hearer.counters = &in_line[s.index()];
      hearer.how = Hearer::How::in_line;
    }
    hearers->all_in_line = hearers->all_in_line && s.is_inline() && !conditional;
    hearers->all.push_back(hearer);
  }
  route.hearers = std::move(hearers);
  route.generation = generation;
}

}  // namespace hark::bus
