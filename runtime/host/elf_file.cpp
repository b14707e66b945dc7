#include "host/elf_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "host/elf_image.h"

namespace hark::host {
namespace {

static_assert(std::endian::native == std::endian::little, "headers are copied as they stand");

#if defined(__x86_64__)
constexpr Elf64_Half host_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half host_machine = EM_AARCH64;
#else
#error "name this machine's e_machine here"
#endif

constexpr std::uint64_t max_read = 8u << 20;
constexpr Elf64_Half max_segments = 256;  // linkers make about ten
constexpr std::uint64_t max_text = 4096;
constexpr const char* cut_off = "; copy it again, under another name and then rename it, so that it appears whole";

std::string machine_name(Elf64_Half machine) {
  constexpr std::array<std::pair<Elf64_Half, const char*>, 9> names{{{EM_X86_64, "x86-64"},
                                                                     {EM_386, "32-bit x86"},
                                                                     {EM_AARCH64, "aarch64"},
                                                                     {EM_ARM, "32-bit arm"},
                                                                     {EM_RISCV, "riscv"},
                                                                     {EM_PPC64, "ppc64"},
                                                                     {EM_S390, "s390x"},
                                                                     {EM_MIPS, "mips"},
                                                                     {EM_LOONGARCH, "loongarch"}}};
  const auto known = std::ranges::find(names, machine, [](const auto& n) { return n.first; });
  return known != names.end() ? known->second : "machine " + std::to_string(machine);
}

core::Result<std::uint64_t> size_of(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return core::fail(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return core::fail("is a folder, not a shared library; name the .so file in it");
  if (!S_ISREG(status.st_mode)) return core::fail("is not a regular file; name a .so file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0) return core::fail(std::string("is empty") + cut_off);
  if (size > max_library_bytes) return core::fail("is larger than 1 GiB; strip its debug information");
  return size;
}

core::Result<void> check_header(const Elf64_Ehdr& h) {
  const bool other_machine = h.e_machine != host_machine;
  if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB || other_machine) {
    // e_machine stands at the same place in 32-bit files, and byte-swapped in big-endian ones.
    const Elf64_Half machine =
        h.e_ident[EI_DATA] == ELFDATA2MSB ? static_cast<Elf64_Half>(h.e_machine << 8 | h.e_machine >> 8) : h.e_machine;
    const std::string built =
        machine == host_machine ? "another data format (32-bit or big-endian)" : machine_name(machine);
    return core::fail("built for " + built + ", this host is " + machine_name(host_machine) + "; rebuild it for " +
                      machine_name(host_machine));
  }
  if (h.e_ident[EI_VERSION] != EV_CURRENT || h.e_version != EV_CURRENT) {
    return core::fail("an ELF version that does not exist; the file is damaged, build it again");
  }
  switch (h.e_type) {
    case ET_DYN: return {};
    case ET_EXEC: return core::fail("is a program, not a shared library; build it with hark_add_plugin() or -shared");
    case ET_REL: return core::fail("is an object file (.o), not a shared library; link it with -shared");
    case ET_CORE: return core::fail("is a core dump, not a shared library");
    default:
      return core::fail("is no shared library (ELF type " + std::to_string(h.e_type) + "); link it with -shared");
  }
}

// Entries of a table in the file, as they stand.
template <class Entry>
core::Result<std::vector<Entry>> read_table(const ElfFile& file, std::uint64_t offset, std::uint64_t count) {
  const auto bytes = file.read(offset, count * sizeof(Entry));
  if (!bytes) return std::unexpected(bytes.error());
  std::vector<Entry> table(count);
  if (count != 0) std::memcpy(table.data(), bytes->data(), bytes->size());
  return table;
}

}  // namespace

core::Result<ElfFile> ElfFile::open(int fd) {
  const auto size = size_of(fd);
  if (!size) return std::unexpected(size.error());
  ElfFile file(fd, *size);
  for (const auto step : {&ElfFile::read_header, &ElfFile::read_segments, &ElfFile::read_sections}) {
    if (auto done = (file.*step)(); !done) return std::unexpected(done.error());
  }
  return file;
}

core::Result<void> ElfFile::fits(const char* what, std::uint64_t offset, std::uint64_t n) const {
  std::uint64_t end = 0;
  if (__builtin_add_overflow(offset, n, &end)) {
    return core::fail(std::string(what) + " has an impossible size; the file is damaged, build it again");
  }
  if (end <= size_) return {};
  return core::fail(std::string("truncated: ") + what + " ends at byte " + std::to_string(end) + ", the file has " +
                    std::to_string(size_) + cut_off);
}

core::Result<std::string> ElfFile::read(std::uint64_t offset, std::uint64_t n) const {
  if (auto ok = fits("a part", offset, n); !ok) return std::unexpected(ok.error());
  if (n > max_read) return core::fail("a table larger than 8 MiB; the file is damaged, build it again");
  std::string bytes(n, '\0');
  for (std::uint64_t done = 0; done < n;) {
    const ssize_t got = pread(fd_, bytes.data() + done, n - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::fail(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) return core::fail(std::string("became shorter while it was read") + cut_off);
    done += static_cast<std::uint64_t>(got);
  }
  return bytes;
}

core::Result<std::string> ElfFile::read_text(std::uint64_t offset, std::uint64_t end) const {
  end = std::min(end, size_);
  if (offset >= end) return core::fail("a name outside its table; the file is damaged, build it again");
  auto bytes = read(offset, std::min(end - offset, max_text));
  if (!bytes) return bytes;
  const std::size_t nul = bytes->find('\0');
  if (nul == bytes->npos) return core::fail("a name without end; the file is damaged, build it again");
  bytes->resize(nul);
  return bytes;
}

core::Result<void> ElfFile::read_header() {
  const auto start = read(0, std::min<std::uint64_t>(size_, sizeof header_));
  if (!start) return std::unexpected(start.error());
  if (!start->starts_with(std::string_view(ELFMAG, SELFMAG))) {
    return core::fail("is not an ELF file; a plugin is a shared library (.so)");
  }
  if (auto ok = fits("the header", 0, sizeof header_); !ok) return ok;
  std::memcpy(&header_, start->data(), sizeof header_);
  return check_header(header_);
}

core::Result<void> ElfFile::read_segments() {
  if (header_.e_phnum == 0 || header_.e_phnum > max_segments || header_.e_phentsize != sizeof(Elf64_Phdr)) {
    return core::fail("no usable segment table; the file is damaged, build it again");
  }
  if (auto ok = fits("the segment table", header_.e_phoff, header_.e_phnum * sizeof(Elf64_Phdr)); !ok) return ok;
  auto table = read_table<Elf64_Phdr>(*this, header_.e_phoff, header_.e_phnum);
  if (!table) return std::unexpected(table.error());
  for (std::size_t i = 0; i < table->size(); ++i) {
    const Elf64_Phdr& segment = (*table)[i];
    const std::string name = "segment " + std::to_string(i);
    if (auto ok = fits(name.c_str(), segment.p_offset, segment.p_filesz); !ok) return ok;
    if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz) {
      return core::fail(name + " is larger in the file than in memory; the file is damaged, build it again");
    }
  }
  segments_ = std::move(*table);
  return {};
}

core::Result<void> ElfFile::read_sections() {
  if (header_.e_shoff == 0) return {};
  if (header_.e_shentsize != sizeof(Elf64_Shdr)) {
    return core::fail("no usable section table; the file is damaged, build it again");
  }
  std::uint64_t count = header_.e_shnum;
  if (auto ok = fits("the section table", header_.e_shoff, std::max<std::uint64_t>(count, 1) * sizeof(Elf64_Shdr));
      !ok) {
    return ok;
  }
  if (count == 0) return {};  // 65,280 sections or more: no plugin has them
  auto table = read_table<Elf64_Shdr>(*this, header_.e_shoff, count);
  if (!table) return std::unexpected(table.error());
  sections_ = std::move(*table);
  return {};
}

}  // namespace hark::host
