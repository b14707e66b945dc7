#include "episode.h"

#include <cstdio>
#include <cstdlib>

#include "life.h"

namespace hark::stress {

int report(const Story& story) {
  const std::uint64_t n = story.violations.count();
  for (const std::string& what : story.violations.first()) std::fprintf(stderr, "  violated: %s\n", what.c_str());
  if (n > Violations::most)
    std::fprintf(stderr, "  and %llu more\n", static_cast<unsigned long long>(n - Violations::most));
  return n == 0 ? 0 : 1;
}

void play(std::uint64_t seed, const std::filesystem::path& folder, Exercised& did) {
  Story story{plan_of(seed), folder, did};
  bool left_behind = false;
  for (const LifePlan& plan : story.plan.lives) {
    auto life = std::make_unique<Life>(story, plan);
    life->run();
    if (!life->is_left_behind()) continue;
    left_behind = true;
    [[maybe_unused]] const Life* forever = life.release();
  }
  const int status = report(story);
  if (left_behind) std::_Exit(status);
  std::exit(status);
}

}  // namespace hark::stress
