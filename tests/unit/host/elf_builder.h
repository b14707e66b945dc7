// Small shared libraries made of bytes, to break in every way.
#pragma once

#include <elf.h>
#include <hark/plugin.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace hark::test {

inline std::string note_bytes(std::string_view owner, std::uint32_t type, std::string_view text) {
  const auto pad = [](std::string& s) { s.resize((s.size() + 3) / 4 * 4); };
  const std::uint32_t head[3] = {static_cast<std::uint32_t>(owner.size()), static_cast<std::uint32_t>(text.size()),
                                 type};
  std::string out(sizeof head, '\0');
  std::memcpy(out.data(), head, sizeof head);
  out += owner;
  pad(out);
  out += text;
  pad(out);
  return out;
}

inline hark_note good_note() {
  hark_note n{
      4, sizeof(hark_note) - 16, 1, {'H', 'R', 'K', 0}, HARK_ABI_MAJOR, HARK_ABI_MINOR, 0, HARK_NOTE_FENCED, 0, {}, {}};
  std::snprintf(n.id, sizeof n.id, "com.example.audit");
  std::snprintf(n.version, sizeof n.version, "1.2.3");
  return n;
}

inline std::string as_bytes(const hark_note& n) {
  std::string s(sizeof n, '\0');
  std::memcpy(s.data(), &n, sizeof n);
  return s;
}

// A whole library in one segment: notes, dynamic section, names, sections.
struct ElfBuilder {
  std::string notes = as_bytes(good_note()) + note_bytes({"GNU\0", 4}, NT_GNU_BUILD_ID, "\x01\xab\xff");
  std::vector<std::string> needed{"libstdc++.so.6", "libc.so.6"};
  std::vector<std::string> sections{".text", ".gcc_except_table"};
  std::uint64_t note_alignment = 4;
  std::uint64_t flags_1 = 0;

  std::string build() const {
    std::string strings(1, '\0'), names(1, '\0');
    std::vector<Elf64_Dyn> dynamic;
    for (const std::string& library : needed) {
      dynamic.push_back({DT_NEEDED, {strings.size()}});
      strings += library + '\0';
    }
    constexpr std::uint64_t base = 0x10000;  // addresses differ from offsets
    const std::uint64_t notes_at = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    const std::uint64_t dynamic_at = (notes_at + notes.size() + 7) / 8 * 8;
    const std::uint64_t strings_at = dynamic_at + (dynamic.size() + 4) * sizeof(Elf64_Dyn);
    dynamic.push_back({DT_STRTAB, {base + strings_at}});
    dynamic.push_back({DT_STRSZ, {strings.size()}});
    dynamic.push_back({DT_FLAGS_1, {flags_1}});
    dynamic.push_back({DT_NULL, {0}});

    const std::uint64_t names_at = strings_at + strings.size();
    std::vector<Elf64_Shdr> table(1);
    for (const std::string& name : sections) {
      table.push_back({});
      table.back().sh_name = static_cast<Elf64_Word>(names.size());
      names += name + '\0';
    }
    table.push_back({});
    table.back().sh_offset = names_at;
    table.back().sh_size = names.size();
    const std::uint64_t table_at = (names_at + names.size() + 7) / 8 * 8;

    Elf64_Ehdr h{};
    std::memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS64;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    h.e_ident[EI_VERSION] = EV_CURRENT;
    h.e_type = ET_DYN;
    h.e_machine = EM_X86_64;
    h.e_version = EV_CURRENT;
    h.e_phoff = sizeof h;
    h.e_shoff = table_at;
    h.e_ehsize = sizeof h;
    h.e_phentsize = sizeof(Elf64_Phdr);
    h.e_phnum = 3;
    h.e_shentsize = sizeof(Elf64_Shdr);
    h.e_shnum = static_cast<Elf64_Half>(table.size());
    h.e_shstrndx = static_cast<Elf64_Half>(table.size() - 1);
    const std::uint64_t dynamic_size = dynamic.size() * sizeof(Elf64_Dyn);
    const Elf64_Phdr segments[3] = {
        {PT_LOAD, PF_R, 0, base, base, names_at, names_at, 0x1000},
        {PT_DYNAMIC, PF_R, dynamic_at, base + dynamic_at, base + dynamic_at, dynamic_size, dynamic_size, 8},
        {PT_NOTE, PF_R, notes_at, base + notes_at, base + notes_at, notes.size(), notes.size(), note_alignment}};

    std::string out(table_at + table.size() * sizeof(Elf64_Shdr), '\0');
    const auto put = [&out](std::uint64_t at, const void* from, std::size_t n) {
      std::memcpy(out.data() + at, from, n);
    };
    put(0, &h, sizeof h);
    put(sizeof h, segments, sizeof segments);
    put(notes_at, notes.data(), notes.size());
    put(dynamic_at, dynamic.data(), dynamic_size);
    put(strings_at, strings.data(), strings.size());
    put(names_at, names.data(), names.size());
    put(table_at, table.data(), table.size() * sizeof(Elf64_Shdr));
    return out;
  }
};

}  // namespace hark::test
