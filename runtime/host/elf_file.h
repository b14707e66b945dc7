// Bounds-checked reading of a 64-bit little-endian ELF file: header, segment table, section table.
//
// Only elf_image.cpp and elf_exports.cpp use it. Nothing here trusts a number that the file holds.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"

namespace hark::host {

class ElfFile {
 public:
  // Checks kind and size of the file, the header, and that all segments and tables lie within the file.
  static core::Result<ElfFile> open(int fd);

  std::uint64_t size() const { return size_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  const std::vector<Elf64_Shdr>& sections() const { return sections_; }  // empty when there is no table
  std::size_t section_names() const { return header_.e_shstrndx; }

  // Exactly n bytes at an offset; fails when the file (as it was opened) does not have them, and when n is over 8 MiB.
  core::Result<std::string> read(std::uint64_t offset, std::uint64_t n) const;

  // The text at an offset up to its NUL, which must come before `end` and within 4096 bytes.
  core::Result<std::string> read_text(std::uint64_t offset, std::uint64_t end) const;

 private:
  ElfFile(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  core::Result<void> read_header();
  core::Result<void> read_segments();
  core::Result<void> read_sections();
  core::Result<void> fits(const char* what, std::uint64_t offset, std::uint64_t n) const;

  int fd_;
  std::uint64_t size_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace hark::host
