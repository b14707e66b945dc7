#include "host/blame.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <utility>

#include "core/text.h"
#include "core/timestamp.h"
#include "host/file_hash.h"

namespace hark::host {
namespace {

using State = BlameEntry::State;

constexpr std::array<std::pair<State, std::string_view>, 3> words = {
    {{State::demoted, "demoted"}, {State::pardoned, "pardoned"}, {State::disabled, "disabled"}}};

constexpr std::string_view heading =
    "# Plugins that ended a host, and those that are disabled; `hark plugin enable NAME` lets one back in.\n"
    "# state, name, when; version, SHA-256, size and why: parted by tabs\n";

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string because(const std::string& doing) { return doing + ": " + std::strerror(errno); }

std::optional<BlameEntry> parse(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('\t', at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  const auto word = std::ranges::find(words, fields[0], [](const auto& w) { return std::string(w.second); });
  if (word == words.end() || fields.size() < 3 || fields[1].empty()) return std::nullopt;
  BlameEntry e{.state = word->first, .name = fields[1], .when = fields[2]};
  if (e.state == State::disabled) return e;
  if (fields.size() < 7) return std::nullopt;
  e.version = fields[3];
  e.sha256 = fields[4];
  e.size = std::strtoull(fields[5].c_str(), nullptr, 10);
  e.why = fields[6];
  return e;
}

std::string text_of(const BlameEntry& e) {
  std::string line(std::ranges::find(words, e.state, [](const auto& w) { return w.first; })->second);
  const auto add = [&](std::string_view field) { line.append("\t").append(core::one_line(field)); };
  add(e.name);
  add(e.when);
  if (e.state != State::disabled) {
    add(e.version);
    add(e.sha256);
    add(std::to_string(e.size));
    add(e.why);
  }
  return line + "\n";
}

core::Result<void> replace(const std::filesystem::path& file, const std::string& text) {
  std::string temporary = file.string() + ".XXXXXX";
  const Fd to(mkostemp(temporary.data(), O_CLOEXEC));
  if (to.get() < 0) return core::fail(because("write " + temporary));
  const bool whole = ::write(to.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     fchmod(to.get(), 0644) == 0 && fsync(to.get()) == 0;
  if (whole && ::rename(temporary.c_str(), file.c_str()) == 0) return {};
  auto failed = core::fail(because("write " + file.string()));
  ::unlink(temporary.c_str());
  return failed;
}

template <class Wanted>
const BlameEntry* find(const std::vector<BlameEntry>& entries, Wanted wanted) {
  const auto it = std::ranges::find_if(entries, wanted);
  return it == entries.end() ? nullptr : &*it;
}

}  // namespace

std::string plugin_name(const std::filesystem::path& file) { return file.stem().string(); }

Blame Blame::read(const std::filesystem::path& file) {
  Blame blame;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (auto e = parse(line)) blame.entries_.push_back(std::move(*e));
  }
  return blame;
}

core::Result<void> Blame::change(const std::filesystem::path& file,
                                 const std::function<void(std::vector<BlameEntry>&)>& how) {
  std::error_code ignored;
  const std::filesystem::path folder = file.parent_path();
  std::filesystem::create_directories(folder, ignored);
  const Fd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0) return core::fail(because("open " + folder.string()));
  flock(lock.get(), LOCK_EX);
  Blame blame = read(file);
  how(blame.entries_);
  std::string text(heading);
  for (const BlameEntry& e : blame.entries_) text += text_of(e);
  return replace(file, text);
}

const BlameEntry* Blame::demoted(const std::filesystem::path& library) const {
  struct stat status{};
  if (entries_.empty() || stat(library.c_str(), &status) != 0) return nullptr;
  std::string hash;  // taken when first needed
  return find(entries_, [&](const BlameEntry& e) {
    if (e.state != State::demoted || e.size != static_cast<std::uint64_t>(status.st_size)) return false;
    if (hash.empty()) {
      const Fd fd(::open(library.c_str(), O_RDONLY | O_CLOEXEC));
      const auto taken = sha256_of(fd.get());
      hash = taken ? *taken : "?";
    }
    return e.sha256 == hash;
  });
}

const BlameEntry* Blame::disabled(std::string_view name) const {
  return find(entries_, [&](const BlameEntry& e) { return e.state == State::disabled && e.name == name; });
}

const BlameEntry* Blame::ever_blamed(std::string_view name) const {
  return find(entries_, [&](const BlameEntry& e) { return e.state != State::disabled && e.name == name; });
}

core::Result<BlameEntry> blame_for(const std::filesystem::path& library, std::string_view name,
                                   std::string_view version, std::string why) {
  const Fd fd(::open(library.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (fd.get() < 0 || fstat(fd.get(), &status) != 0) return core::fail(because("open " + library.string()));
  auto hash = sha256_of(fd.get());
  if (!hash) return std::unexpected(std::move(hash.error()));
  return BlameEntry{
      .state = State::demoted,
      .name = std::string(name),
      .when = std::string(core::format_timestamp(std::int64_t{std::time(nullptr)} * 1'000'000'000).view()),
      .version = std::string(version),
      .sha256 = std::move(*hash),
      .size = static_cast<std::uint64_t>(status.st_size),
      .why = std::move(why)};
}

}  // namespace hark::host
