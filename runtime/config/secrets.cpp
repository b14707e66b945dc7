#include "config/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <hark/json_text.hpp>

#include "config/table_reader.h"
#include "core/error.h"
#include "core/redaction.h"

namespace hark::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_scheme = "secret:", environment_scheme = "env:";
constexpr std::size_t max_secret = 64u << 10;

struct File {
  std::string text;
  bool open_to_others = false;
};

core::Result<File> read_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not hold the host up
  if (fd < 0) return core::fail(std::strerror(errno));
  File file;
  struct stat status{}, folder{};
  core::Result<File> result = core::fail("it is not a regular file");
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    file.text.resize(max_secret + 1);
    const ssize_t n = ::read(fd, file.text.data(), file.text.size());
    file.text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    const bool reachable = ::stat(path.parent_path().c_str(), &folder) != 0 || (folder.st_mode & S_IXOTH) != 0;
    file.open_to_others = (status.st_mode & S_IROTH) != 0 && reachable;
    if (n < 0) {
      result = core::fail(std::strerror(errno));
    } else {
      result = std::move(file);
    }
  }
  ::close(fd);
  return result;
}

// Editors and `echo` end a file with a newline that is not part of the secret.
void drop_newline(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end && names.size() < 1000;
       it.increment(failed))
    names.push_back(it->path().filename().string());
  return names;
}

class SecretReader {
 public:
  SecretReader(const std::string& reference, const SecretOptions& options, Place place, const std::string& path,
               Report& report)
      : reference_(reference), options_(options), place_(place), path_(path), report_(report) {}

  std::optional<std::string> from_file(const std::string& name) {
    if (name.find('/') != std::string::npos || name == "." || name == "..")
      return error("is no name of a secret", "one file in the folder of [secrets] files; no `/`");
    if (options_.files.empty())
      return error("is a secret, and the file does not say where secrets are",
                   "add [secrets] with files = \"FOLDER\"; the secret is the file " + name + " in it");
    const fs::path path = options_.files / name;
    auto file = read_file(path);
    if (!file) {
      const std::string near = suggest(name, names_in(options_.files));
      return error("does not resolve: " + path.string() + ": " + file.error().message,
                   near.empty() ? "write it into that file, readable by its user only" : near);
    }
    drop_newline(file->text);
    if (file->open_to_others) {
      report_.warning(place_, said("is in a file that everybody may read, " + path.string()),
                      "chmod o-r " + path.string());
    }
    return std::move(file->text);
  }

  std::optional<std::string> from_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr)
      return error("does not resolve: the environment has no " + name, "set it where hark is started");
    return value;
  }

  // The rules for a text from wherever. What is wrong is told without the text.
  bool fit(const std::string& text) {
    const char* fault = text.empty()                           ? "is empty"
                        : text.size() > max_secret             ? "is longer than 64KiB"
                        : text.find('\0') != std::string::npos ? "holds U+0000"
                        : !hark::is_utf8(text)                 ? "is not UTF-8 text"
                                                               : nullptr;
    if (fault != nullptr) {
      error(fault, "options are JSON: encode other bytes, in base64 for example");
      return false;
    }
    if (text.size() < core::Redaction::shortest) {
      report_.warning(place_,
                      said("is shorter than 6 bytes: it cannot be told from other text in a log, and so not hidden"),
                      "use a longer one");
    }
    return true;
  }

 private:
  std::string said(const std::string& what) const { return path_ + ": `" + reference_ + "` " + what; }
  std::nullopt_t error(const std::string& what, std::string help) {
    report_.error(place_, said(what), std::move(help));
    return std::nullopt;
  }

  const std::string& reference_;
  const SecretOptions& options_;
  const Place place_;
  const std::string& path_;
  Report& report_;
};

}  // namespace

bool is_secret_reference(const std::string& value) {
  return value.starts_with(file_scheme) || value.starts_with(environment_scheme);
}

std::optional<core::Secret> read_secret(const std::string& reference, const SecretOptions& options, Place place,
                                        const std::string& path, Report& report) {
  const bool is_file = reference.starts_with(file_scheme);
  const std::string name = reference.substr(is_file ? file_scheme.size() : environment_scheme.size());
  if (name.empty() || has_control_characters(name)) {
    report.error(place, path + ": a secret without a proper name", "secret:NAME, or env:NAME");
    return std::nullopt;
  }
  SecretReader reader(reference, options, place, path, report);
  auto text = is_file ? reader.from_file(name) : reader.from_environment(name);
  if (!text || !reader.fit(*text)) return std::nullopt;
  return core::Secret(reference, std::move(*text));
}

}  // namespace hark::config
