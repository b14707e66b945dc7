#include "host/elf_exports.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/elf_file.h"

namespace hark::host {
namespace {

bool is_given(const Elf64_Sym& symbol) {
  const unsigned bind = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && bind != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

core::Result<std::vector<Export>> read(int fd) {
  const auto file = ElfFile::open(fd);
  if (!file) return std::unexpected(file.error());
  std::vector<Export> exports;
  const auto table = std::ranges::find(file->sections(), SHT_DYNSYM, &Elf64_Shdr::sh_type);
  if (table == file->sections().end()) return exports;
  if (table->sh_link >= file->sections().size())
    return core::fail("its symbols have no names; the file is damaged, build it again");
  const Elf64_Shdr& names = file->sections()[table->sh_link];
  const auto bytes = file->read(table->sh_offset, table->sh_size);
  const auto texts = file->read(names.sh_offset, names.sh_size);
  if (!bytes) return std::unexpected(bytes.error());
  if (!texts) return std::unexpected(texts.error());
  for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= bytes->size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, bytes->data() + at, sizeof symbol);
    if (!is_given(symbol) || symbol.st_name >= texts->size()) continue;
    const char* name = texts->data() + symbol.st_name;
    const std::size_t length = strnlen(name, std::min<std::size_t>(texts->size() - symbol.st_name, 1024));
    exports.push_back({std::string(name, length), ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE});
  }
  return exports;
}

}  // namespace

core::Result<std::vector<Export>> read_exports(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return core::fail(std::string("cannot be opened: ") + std::strerror(errno));
  auto exports = read(fd);
  ::close(fd);
  return exports;
}

}  // namespace hark::host
