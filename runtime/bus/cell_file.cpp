#include "bus/cell_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/text.h"

namespace hark::bus {
namespace {

constexpr std::uint64_t magic = 0x316c'6c65'6372'6168;  // "harcell1"

// lane: the address that cells name it by.
struct Introduction {
  std::uint64_t lane;
  char name[72], plugin[96], version[40], library[256], loaded[296];
};
static_assert(sizeof(Introduction) == 768);

template <std::size_t n>
void put(char (&to)[n], const std::string& text) {
  const std::size_t size = std::min(text.size(), n - 1);
  std::memcpy(to, text.data(), size);
  to[size] = '\0';
}
template <std::size_t n>
std::string get(const char (&from)[n]) {
  return core::one_line(std::string_view(from, strnlen(from, n)));
}

std::string because(const std::string& doing) { return doing + ": " + std::strerror(errno); }

}  // namespace

struct CellFile::Layout {
  std::uint64_t magic;
  alignas(4096) Introduction lanes[most_lanes];
  alignas(4096) Cell cells[most_cells];
};

core::Result<std::unique_ptr<CellFile>> CellFile::make(const std::filesystem::path& folder) {
  rlimit most{};
  if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < sizeof(Layout))
    return core::fail("files may not be as long");  // trying would be answered by SIGXFSZ
  std::string name = (folder / "hark-cells-XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return core::fail(because("make " + name));
  void* memory = MAP_FAILED;
  const int full = posix_fallocate(fd, 0, 4096);
  if (full == 0 && ftruncate(fd, sizeof(Layout)) == 0)
    memory = mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    if (full != 0) errno = full;
    auto failed = core::fail(because("write " + name));
    ::unlink(name.c_str());
    ::close(fd);
    return failed;
  }
  auto* layout = static_cast<Layout*>(memory);
  layout->magic = magic;
  return std::unique_ptr<CellFile>(new CellFile(name, fd, layout));
}

CellFile::~CellFile() {
  munmap(layout_, sizeof(Layout));
  ::close(fd_);
}

// Without it a store would be the first to learn that the file system is full: by SIGBUS.
bool CellFile::reserve(const void* begin, std::size_t size) {
  const auto offset = static_cast<const char*>(begin) - reinterpret_cast<const char*>(layout_);
  return posix_fallocate(fd_, offset, static_cast<off_t>(size)) == 0;
}

Cell& CellFile::take() {
  const core::Lock lock(mutex_);
  const auto free = std::ranges::find(taken_, false);
  if (free == taken_.end()) return Cells::take();
  Cell* cell = &layout_->cells[free - taken_.begin()];
  if (!reserve(cell, sizeof *cell)) return Cells::take();
  *free = true;
  return *new (cell) Cell;
}

void CellFile::give_back(Cell& cell) {
  const std::less<const Cell*> before;
  if (before(&cell, layout_->cells) || !before(&cell, layout_->cells + most_cells)) return Cells::give_back(cell);
  const core::Lock lock(mutex_);
  new (&cell) Cell;
  taken_[static_cast<std::size_t>(&cell - layout_->cells)] = false;
}

void CellFile::introduce(const Lane& lane, const Identity& who) {
  const core::Lock lock(mutex_);
  if (introduced_ == most_lanes) return;
  Introduction& i = layout_->lanes[introduced_];
  if (!reserve(&i, sizeof i)) return;
  ++introduced_;
  put(i.name, who.name);
  put(i.plugin, who.plugin);
  put(i.version, who.version);
  put(i.library, who.library);
  put(i.loaded, who.loaded);
  i.lane = reinterpret_cast<std::uintptr_t>(&lane);
}

core::Result<std::vector<CellFile::Call>> CellFile::read(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return core::fail(because("open " + path.string()));
  struct stat status{};
  const bool ours = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
                    static_cast<std::size_t>(status.st_size) == sizeof(Layout);
  void* memory = ours ? mmap(nullptr, sizeof(Layout), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (memory == MAP_FAILED) return core::fail("not a file of cells: " + path.string());
  std::vector<Call> calls;
  const auto* layout = static_cast<const Layout*>(memory);
  for (const Cell& cell : layout->cells) {
    if (layout->magic != magic) break;
    const auto lane = reinterpret_cast<std::uintptr_t>(cell.lane.load());
    const std::uint64_t ticket = cell.ticket.load();
    if (lane == 0 || (ticket == 0 && cell.control.load() == 0)) continue;
    const auto who = std::ranges::find(layout->lanes, lane, &Introduction::lane);
    if (who == std::end(layout->lanes)) continue;
    Call& c = calls.emplace_back(get(who->name), get(who->plugin), get(who->version), get(who->library),
                                 get(who->loaded), ticket == 0);
    if (ticket == 0) continue;
    c.ticket = ticket;
    c.event = cell.uid();
    c.type = core::one_line({cell.type, std::min<std::size_t>(cell.type_size, sizeof cell.type)});
  }
  munmap(memory, sizeof(Layout));
  return calls;
}

}  // namespace hark::bus
