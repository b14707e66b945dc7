#include "host/elf_image.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/string_rule.h"
#include "host/elf_file.h"

namespace hark::host {
namespace {

constexpr const char* damaged = "; the file is damaged, build it again";
constexpr std::size_t max_needed = 512;

struct Note {
  std::string_view owner;  // with its NUL
  std::uint32_t type;
  std::string_view whole;  // from namesz to the end of the description
  std::string_view text;   // the description
};

std::uint32_t word(std::string_view bytes, std::size_t at) {
  std::uint32_t w;
  std::memcpy(&w, bytes.data() + at, sizeof w);
  return w;
}

// The notes of one segment. What is left behind a note that does not fit is padding or damage and says nothing.
std::vector<Note> split_notes(std::string_view bytes, std::size_t alignment) {
  std::vector<Note> notes;
  const auto aligned = [alignment](std::size_t n) { return (n + alignment - 1) / alignment * alignment; };
  for (std::size_t at = 0; bytes.size() - at >= sizeof(Elf64_Nhdr);) {
    const std::size_t owner_size = word(bytes, at), text_size = word(bytes, at + 4);
    const std::size_t owner_at = at + sizeof(Elf64_Nhdr);
    if (owner_size > bytes.size() - owner_at) break;
    const std::size_t text_at = aligned(owner_at + owner_size);
    if (text_at > bytes.size() || text_size > bytes.size() - text_at) break;
    notes.push_back({bytes.substr(owner_at, owner_size), word(bytes, at + 8),
                     bytes.substr(at, text_at + text_size - at), bytes.substr(text_at, text_size)});
    at = std::min(aligned(text_at + text_size), bytes.size());
  }
  return notes;
}

// A fixed field of the note: NUL-terminated, fit for a log line.
core::Result<void> check_text(const char* name, const char* field, std::size_t room) {
  const void* nul = std::memchr(field, 0, room);
  if (nul == nullptr) return core::fail(std::string("the ") + name + " in its Hark note has no end" + damaged);
  if (core::string_flaw(std::string_view(field))) {
    return core::fail(std::string("the ") + name + " in its Hark note is no clean UTF-8 text; correct it and rebuild");
  }
  return {};
}

core::Result<hark_note> parse_hark_note(const Note& note) {
  if (note.whole.size() != sizeof(hark_note)) {
    return core::fail("its Hark note has " + std::to_string(note.whole.size()) + " bytes, not " +
                      std::to_string(sizeof(hark_note)) + "; rebuild it with HARK_PLUGIN or HARK_DECLARE_NOTE");
  }
  hark_note out;
  std::memcpy(&out, note.whole.data(), sizeof out);
  if (auto ok = check_text("id", out.id, sizeof out.id); !ok) return std::unexpected(ok.error());
  if (auto ok = check_text("version", out.version, sizeof out.version); !ok) return std::unexpected(ok.error());
  if (out.id[0] == '\0') return core::fail("its Hark note has an empty id; give the plugin one and rebuild it");
  return out;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

core::Result<void> take_note(const Note& note, ElfFacts& facts) {
  using namespace std::string_view_literals;
  if (note.owner == "HRK\0"sv && note.type == 1) {
    if (facts.note) return core::fail("two Hark notes; a library is one plugin: build them apart");
    auto parsed = parse_hark_note(note);
    if (!parsed) return std::unexpected(parsed.error());
    facts.note = *parsed;
  } else if (note.owner == "GNU\0"sv && note.type == NT_GNU_BUILD_ID && note.text.size() <= 64) {
    facts.build_id = hexadecimal(note.text);
  } else if (note.owner == "Go\0\0"sv) {
    facts.go_runtime = true;
  }
  return {};
}

core::Result<void> read_notes(const ElfFile& file, ElfFacts& facts) {
  for (const Elf64_Phdr& segment : file.segments()) {
    if (segment.p_type != PT_NOTE) continue;
    const auto bytes = file.read(segment.p_offset, segment.p_filesz);
    if (!bytes) return std::unexpected(bytes.error());
    for (const Note& note : split_notes(*bytes, segment.p_align == 8 ? 8 : 4)) {
      if (auto ok = take_note(note, facts); !ok) return ok;
    }
  }
  return {};
}

// Where an address of memory comes from in the file.
core::Result<std::uint64_t> offset_of(const ElfFile& file, std::uint64_t address) {
  for (const Elf64_Phdr& s : file.segments()) {
    if (s.p_type == PT_LOAD && address >= s.p_vaddr && address - s.p_vaddr < s.p_filesz) {
      return s.p_offset + (address - s.p_vaddr);
    }
  }
  return core::fail(std::string("its table of names lies in no segment") + damaged);
}

core::Result<std::vector<Elf64_Dyn>> read_dynamic(const ElfFile& file) {
  const auto is_dynamic = [](const Elf64_Phdr& s) { return s.p_type == PT_DYNAMIC; };
  const auto segment = std::ranges::find_if(file.segments(), is_dynamic);
  if (segment == file.segments().end()) {
    return core::fail("has no dynamic section; build it with hark_add_plugin() or -shared");
  }
  const auto bytes = file.read(segment->p_offset, segment->p_filesz);
  if (!bytes) return std::unexpected(bytes.error());
  std::vector<Elf64_Dyn> entries(bytes->size() / sizeof(Elf64_Dyn));
  if (!entries.empty()) std::memcpy(entries.data(), bytes->data(), entries.size() * sizeof(Elf64_Dyn));
  const auto last = std::ranges::find(entries, DT_NULL, &Elf64_Dyn::d_tag);
  entries.erase(last, entries.end());
  return entries;
}

core::Result<void> read_needed(const ElfFile& file, ElfFacts& facts) {
  const auto dynamic = read_dynamic(file);
  if (!dynamic) return std::unexpected(dynamic.error());
  std::uint64_t names = 0, names_size = 0;
  std::vector<std::uint64_t> needed;
  for (const Elf64_Dyn& entry : *dynamic) {
    if (entry.d_tag == DT_STRTAB) names = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) names_size = entry.d_un.d_val;
    if (entry.d_tag == DT_NEEDED) needed.push_back(entry.d_un.d_val);
    if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE) != 0) {
      return core::fail("is a program, not a shared library; build it with hark_add_plugin() or -shared");
    }
  }
  if (needed.size() > max_needed) return core::fail("needs more than 512 libraries; link fewer");
  if (needed.empty()) return {};
  const auto start = offset_of(file, names);
  if (!start) return std::unexpected(start.error());
  for (const std::uint64_t name : needed) {
    if (name >= names_size || names_size > file.size()) {
      return core::fail(std::string("a needed library's name lies outside its table") + damaged);
    }
    auto text = file.read_text(*start + name, *start + names_size);
    if (!text) return std::unexpected(text.error());
    facts.needed.push_back(std::move(*text));
  }
  return {};
}

core::Result<void> read_runtimes(const ElfFile& file, ElfFacts& facts) {
  if (file.sections().empty()) return {};
  if (file.section_names() >= file.sections().size()) {
    return core::fail(std::string("its sections have no names") + damaged);
  }
  const Elf64_Shdr& table = file.sections()[file.section_names()];
  const auto names = file.read(table.sh_offset, table.sh_size);
  if (!names) return std::unexpected(names.error());
  bool catches = false;
  // Compared in place: hostile names may be as long as their table.
  const auto is = [&names](const Elf64_Shdr& section, std::string_view name) {
    return section.sh_name < names->size() &&
           names->compare(section.sh_name, name.size() + 1, name.data(), name.size() + 1) == 0;
  };
  for (const Elf64_Shdr& section : file.sections()) {
    if (is(section, ".gcc_except_table")) catches = true;
    if (is(section, ".go.buildinfo") || is(section, ".note.go.buildid")) facts.go_runtime = true;
  }
  const bool shared = std::ranges::any_of(facts.needed, [](std::string_view library) {
    return library.starts_with("libstdc++.so") || library.starts_with("libgcc_s.so");
  });
  facts.private_cxx_runtime = catches && !shared;
  return {};
}

}  // namespace

core::Result<ElfFacts> read_elf(int fd) {
  const auto file = ElfFile::open(fd);
  if (!file) return std::unexpected(file.error());
  ElfFacts facts;
  facts.size = file->size();
  for (const auto step : {&read_notes, &read_needed, &read_runtimes}) {
    if (auto done = step(*file, facts); !done) return std::unexpected(done.error());
  }
  return facts;
}

core::Result<ElfFacts> read_elf(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not hold the host up
  if (fd < 0) return core::fail(std::string("cannot be opened: ") + std::strerror(errno));
  auto facts = read_elf(fd);
  close(fd);
  return facts;
}

}  // namespace hark::host
