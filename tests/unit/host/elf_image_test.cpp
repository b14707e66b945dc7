#include "host/elf_image.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

#include "elf_builder.h"

using hark::host::read_elf;
using namespace hark::test;

namespace {

// Bytes as a file without a name.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("elf", MFD_CLOEXEC)) {
    REQUIRE(write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string error_of(std::string_view bytes) {
  const MemoryFile file(bytes);
  const auto facts = read_elf(file.fd());
  return facts ? "fine" : facts.error().message;
}

template <class T>
void patch(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void says(std::string_view bytes, std::string_view part) {
  const std::string error = error_of(bytes);
  CAPTURE(error, part);
  CHECK(error.find(part) != error.npos);
}

// The path of a library that this process has loaded.
std::string loaded_library(const char* part) {
  struct Search {
    const char* part;
    std::string path;
  } search{part, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& s = *static_cast<Search*>(data);
        if (std::strstr(info->dlpi_name, s.part) == nullptr) return 0;
        s.path = info->dlpi_name;
        return 1;
      },
      &search);
  return search.path;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr std::size_t segment_at = sizeof(Elf64_Ehdr);
constexpr std::size_t dynamic_segment_at = segment_at + sizeof(Elf64_Phdr);
constexpr std::size_t note_segment_at = segment_at + 2 * sizeof(Elf64_Phdr);

}  // namespace

TEST_CASE("the facts of a whole library are read") {
  const MemoryFile file(ElfBuilder{}.build());
  const auto facts = read_elf(file.fd());
  REQUIRE(facts);
  REQUIRE(facts->note);
  CHECK(std::string(facts->note->id) == "com.example.audit");
  CHECK(std::string(facts->note->version) == "1.2.3");
  CHECK(facts->note->flags == HARK_NOTE_FENCED);
  CHECK(facts->needed == std::vector<std::string>{"libstdc++.so.6", "libc.so.6"});
  CHECK(facts->build_id == "01abff");
  CHECK_FALSE(facts->go_runtime);
  CHECK_FALSE(facts->private_cxx_runtime);
}

TEST_CASE("a real library without a note is read as one") {
  const auto facts = read_elf(loaded_library("libstdc++.so"));
  REQUIRE(facts);
  CHECK_FALSE(facts->note);
  CHECK(facts->build_id.size() == 40);
  CHECK(std::ranges::find(facts->needed, "libc.so.6") != facts->needed.end());
  CHECK_FALSE(facts->go_runtime);
}

TEST_CASE("tables for exceptions without the shared runtime are a private C++ runtime") {
  ElfBuilder b;
  const auto is_private = [&b] {
    const MemoryFile file(b.build());
    return read_elf(file.fd()).value().private_cxx_runtime;
  };
  b.needed = {"libc.so.6"};
  CHECK(is_private());
  b.needed = {"libc.so.6", "libgcc_s.so.1"};
  CHECK_FALSE(is_private());
  b.needed = {};
  CHECK(is_private());
  b.sections = {".text", ".gcc_except_tables", "x.gcc_except_table"};
  CHECK_FALSE(is_private());
}

TEST_CASE("a Go runtime is known by its build id or its section") {
  ElfBuilder b;
  const auto is_go = [&b] {
    const MemoryFile file(b.build());
    return read_elf(file.fd()).value().go_runtime;
  };
  b.sections = {".go.buildinfo"};
  CHECK(is_go());
  b.sections = {".note.go.buildid"};
  CHECK(is_go());
  b.sections = {};
  CHECK_FALSE(is_go());
  b.notes = note_bytes({"Go\0\0", 4}, 4, "abc/def");
  CHECK(is_go());
}

TEST_CASE("what is no shared library is told apart") {
  says("#!/bin/sh\n", "is not an ELF file");
  says("", "is empty");
  says(
      "\x7f"
      "EL",
      "is not an ELF file");
  says(
      "\x7f"
      "ELF",
      "truncated: the header ends at byte 64, the file has 4");
  std::string s = ElfBuilder{}.build();
  patch(s, offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_EXEC});
  says(s, "is a program, not a shared library; build it with");
  patch(s, offsetof(Elf64_Ehdr, e_type), Elf64_Half{ET_REL});
  says(s, "is an object file (.o)");
  patch(s, offsetof(Elf64_Ehdr, e_type), Elf64_Half{77});
  says(s, "ELF type 77");
  ElfBuilder pie;
  pie.flags_1 = DF_1_PIE;
  says(pie.build(), "is a program");
}

TEST_CASE("a library for another machine is refused by name") {
  std::string s = ElfBuilder{}.build();
  patch(s, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_AARCH64});
  says(s, "built for aarch64, this host is x86-64; rebuild it for x86-64");
  patch(s, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{4711});
  says(s, "built for machine 4711");
  patch(s, offsetof(Elf64_Ehdr, e_machine), Elf64_Half{EM_386});
  s[EI_CLASS] = ELFCLASS32;
  says(s, "built for 32-bit x86");
  s[EI_CLASS] = ELFCLASS64;
  s[EI_DATA] = ELFDATA2MSB;
  patch(s, offsetof(Elf64_Ehdr, e_machine), static_cast<Elf64_Half>(EM_S390 << 8));
  says(s, "built for s390x");
}

TEST_CASE("folders and pipes and missing files are no libraries") {
  CHECK(read_elf("/").error().message.starts_with("is a folder"));
  CHECK(read_elf("/nowhere.so").error().message == "cannot be opened: No such file or directory");
  CHECK(read_elf("/dev/null").error().message.starts_with("is not a regular file"));
  const std::string fifo = "/tmp/hark-elf-fifo-" + std::to_string(getpid());
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(read_elf(fifo).error().message.starts_with("is not a regular file"));
  unlink(fifo.c_str());
}

TEST_CASE("a file over a gibibyte is refused unread") {
  const MemoryFile file("x");
  REQUIRE(ftruncate(file.fd(), (1ll << 30) + 1) == 0);
  CHECK(read_elf(file.fd()).error().message.starts_with("is larger than 1 GiB"));
}

TEST_CASE("a library cut off anywhere is truncated") {
  const std::string whole = ElfBuilder{}.build();
  CHECK(error_of(whole) == "fine");
  for (std::size_t n = 4; n < whole.size(); ++n) {
    const std::string error = error_of(std::string_view(whole).substr(0, n));
    CAPTURE(n, error);
    REQUIRE(error.starts_with("truncated: "));
    REQUIRE(error.find("; copy it again") != error.npos);
  }
  const std::string real = contents(loaded_library("libgcc_s.so"));
  for (std::size_t n = 64; n < real.size(); n += 997) {
    REQUIRE(error_of(std::string_view(real).substr(0, n)).starts_with("truncated: "));
  }
}

TEST_CASE("a segment that leaves the file is named with its end") {
  std::string s = ElfBuilder{}.build();
  patch(s, note_segment_at + offsetof(Elf64_Phdr, p_filesz), std::uint64_t{20000});
  says(s, "truncated: segment 2 ends at byte 20232, the file has " + std::to_string(s.size()));
  patch(s, note_segment_at + offsetof(Elf64_Phdr, p_filesz), UINT64_MAX);
  says(s, "segment 2 has an impossible size");
  s = ElfBuilder{}.build();
  patch(s, segment_at + offsetof(Elf64_Phdr, p_memsz), std::uint64_t{1});
  says(s, "segment 0 is larger in the file than in memory");
  s = ElfBuilder{}.build();
  patch(s, offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8);
  says(s, "the segment table has an impossible size");
  s = ElfBuilder{}.build();
  patch(s, offsetof(Elf64_Ehdr, e_phnum), Elf64_Half{0});
  says(s, "no usable segment table");
  patch(s, offsetof(Elf64_Ehdr, e_phnum), Elf64_Half{0xffff});
  says(s, "no usable segment table");
  s = ElfBuilder{}.build();
  patch(s, dynamic_segment_at, std::uint32_t{PT_NULL});
  says(s, "has no dynamic section");
}

TEST_CASE("a damaged Hark note is refused and says why") {
  ElfBuilder b;
  hark_note n = good_note();
  std::memset(n.id, 'a', sizeof n.id);
  b.notes = as_bytes(n);
  says(b.build(), "the id in its Hark note has no end");
  n = good_note();
  std::memset(n.version, '1', sizeof n.version);
  b.notes = as_bytes(n);
  says(b.build(), "the version in its Hark note has no end");
  n = good_note();
  n.id[0] = '\0';
  b.notes = as_bytes(n);
  says(b.build(), "empty id");
  n = good_note();
  n.id[3] = '\x1b';
  b.notes = as_bytes(n);
  says(b.build(), "no clean UTF-8 text");
  b.notes = note_bytes({"HRK\0", 4}, 1, "short");
  says(b.build(), "its Hark note has 21 bytes, not 116");
  b.notes = as_bytes(good_note()) + as_bytes(good_note());
  says(b.build(), "two Hark notes");
}

TEST_CASE("notes of others and padding around ours change nothing") {
  ElfBuilder b;
  b.notes = note_bytes("LONGOWNER", 1, "x") + note_bytes({"HRK\0", 4}, 2, "y") + std::string(48, '\0') +
            as_bytes(good_note()) + std::string(7, '\xff');
  const MemoryFile file(b.build());
  const auto facts = read_elf(file.fd());
  REQUIRE(facts);
  CHECK(facts->note);
}

TEST_CASE("a library without section table is read by its segments") {
  std::string s = ElfBuilder{}.build();
  patch(s, offsetof(Elf64_Ehdr, e_shoff), std::uint64_t{0});
  patch(s, offsetof(Elf64_Ehdr, e_shnum), Elf64_Half{0});
  CHECK(error_of(s) == "fine");
}

TEST_CASE("no flipped byte of a library crashes the reader") {
  const std::string whole = ElfBuilder{}.build();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xff, 0x7f, 0x10}) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ change);
      const std::string error = error_of(broken);
      REQUIRE((error == "fine" || !error.empty()));
    }
  }
}

TEST_CASE("no random damage to a real library crashes the reader") {
  const std::string whole = contents(loaded_library("libgcc_s.so"));
  std::uint32_t state = 99;
  const auto random = [&state] { return state = state * 1664525u + 1013904223u, state >> 8; };
  for (int round = 0; round < 300; ++round) {
    std::string broken = whole;
    for (int i = 0; i < 8; ++i) {
      const std::size_t half = random() % 2 == 0 ? 0 : broken.size() - 4096;  // headers, or the section table
      broken[half + random() % 4096] = static_cast<char>(random());
    }
    error_of(broken);
  }
}

TEST_CASE("a file that shrinks and grows while it is read is no crash") {
  const std::string whole = ElfBuilder{}.build();
  const MemoryFile file(whole);
  std::atomic<bool> done = false;
  std::thread other([&] {
    for (std::size_t n = 0; !done; n = (n + 97) % whole.size()) {
      if (ftruncate(file.fd(), static_cast<off_t>(n)) != 0) return;
      if (pwrite(file.fd(), whole.data(), whole.size(), 0) < 0) return;
    }
  });
  for (int round = 0; round < 5000; ++round) {
    const auto facts = read_elf(file.fd());
    if (!facts && facts.error().message.empty()) break;
  }
  done = true;
  other.join();
}
