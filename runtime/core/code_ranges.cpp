#include "core/code_ranges.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <span>

#include "core/mutex.h"

namespace hark::core {
namespace {

constinit std::array<CodeRange, most_code_ranges> ranges;
constinit std::atomic<std::size_t> count{0};

Mutex& adding() {
  static Mutex& mutex = *new Mutex;  // outlives every plugin's threads
  return mutex;
}

struct Search {
  std::uintptr_t address;
  CodeRange found;
  bool done = false;
};

int look_at(dl_phdr_info* library, std::size_t /*size*/, void* data) {
  auto& search = *static_cast<Search*>(data);
  CodeRange r;
  bool holds = false;
  for (const ElfW(Phdr) & segment : std::span(library->dlpi_phdr, library->dlpi_phnum)) {
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = library->dlpi_addr + segment.p_vaddr, end = begin + segment.p_memsz;
    holds = holds || (search.address >= begin && search.address < end);
    if ((segment.p_flags & PF_X) == 0) continue;
    r.begin = r.end == 0 ? begin : std::min(r.begin, begin);
    r.end = std::max(r.end, end);
  }
  if (!holds || r.end == 0) return 0;
  r.base = library->dlpi_addr;
  r.file = library->dlpi_name;
  search.found = r;
  search.done = true;
  return 1;
}

const char* kept(const char* text) { return ::strdup(text); }  // never freed

void add(std::uintptr_t address, const char* original, const char* plugin, const char* version) {
  Search search{address, {}};
  dl_iterate_phdr(look_at, &search);
  if (!search.done) return;
  const Lock lock(adding());
  const std::size_t n = count.load(std::memory_order_relaxed);
  for (const CodeRange& r : std::span(ranges).first(n)) {
    if (r.begin == search.found.begin) return;
  }
  if (n == ranges.size()) return;
  CodeRange& r = ranges[n];
  r = search.found;
  r.file = *r.file == '\0' ? "hark" : kept(r.file);
  if (original != nullptr) {
    r.original = kept(original);
    r.plugin = kept(plugin);
    r.version = kept(version);
  }
  count.store(n + 1, std::memory_order_release);
}

}  // namespace

void add_code_of_host() { add(reinterpret_cast<std::uintptr_t>(&add_code_of_host), nullptr, nullptr, nullptr); }

void add_code_of_plugin(const void* address_in_it, const char* original, const char* plugin, const char* version) {
  add(reinterpret_cast<std::uintptr_t>(address_in_it), original, plugin, version);
}

const CodeRange* code_at(std::uintptr_t address) {
  const std::size_t n = count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < n; ++i) {
    if (address >= ranges[i].begin && address < ranges[i].end) return &ranges[i];
  }
  return nullptr;
}

}  // namespace hark::core
