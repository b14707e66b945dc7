#include "positions.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include "descriptor.h"

namespace hark::file_source {
namespace {

constexpr std::string_view header = "hark positions 1";

std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '\\' || c == '\n') text += '\\';
    text += c == '\n' ? 'n' : c;
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape) ++i;
    path += escape && text[i] == 'n' ? '\n' : text[i];
  }
  return path;
}

bool take_number(std::string_view& line, std::uint64_t& number, int base = 10) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number, base);
  if (error != std::errc()) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.starts_with(' ')) return false;
  line.remove_prefix(1);
  return true;
}

// offset device inode head-length head-hash path
std::optional<Position> parse(std::string_view line) {
  Position p;
  std::uint64_t length = 0;
  if (!take_number(line, p.offset) || !take_number(line, p.id.device) || !take_number(line, p.id.inode) ||
      !take_number(line, length) || !take_number(line, p.head.hash, 16) || line.empty() || length > Fingerprint::most)
    return std::nullopt;
  p.head.length = static_cast<std::uint32_t>(length);
  p.path = unescaped(line);
  return p;
}

std::string text_of(std::span<const Position> positions) {
  std::string text(header);
  text += '\n';
  for (const Position& p : positions) {
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(p.head.hash));
    for (const std::uint64_t number : {p.offset, p.id.device, p.id.inode, std::uint64_t{p.head.length}})
      text += std::to_string(number) + " ";
    text += std::string(hash) + " " + escaped(p.path) + "\n";
  }
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

LoadedPositions load_positions(const std::string& file) {
  LoadedPositions loaded;
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) return loaded;
  if (line != header) {
    loaded.problem = "begins with `" + line.substr(0, 40) + "` instead of `" + std::string(header) + "`: not used";
    return loaded;
  }
  for (int number = 2; std::getline(in, line); ++number) {
    if (auto p = parse(line)) {
      loaded.positions.push_back(std::move(*p));
    } else if (loaded.problem.empty()) {
      loaded.problem = "line " + std::to_string(number) + " is damaged: left out";
    }
  }
  return loaded;
}

std::string save_positions(const std::string& file, std::span<const Position> positions) {
  const std::string beside = file + ".new";
  const auto failed = [&](const char* what) {
    return std::string(what) + " \"" + beside + "\": " + std::generic_category().message(errno);
  };
  {
    const Descriptor out(open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (!out) return failed("open");
    if (!write_all(out.get(), text_of(positions))) return failed("write");
    if (fdatasync(out.get()) != 0) return failed("sync");
  }
  return rename(beside.c_str(), file.c_str()) == 0 ? std::string() : failed("rename");
}

}  // namespace hark::file_source
