#include "folder_scan.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <span>

namespace hark::file_source {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

bool is_wild(const std::string& part) { return part.find_first_of("*?[") != std::string::npos; }

bool part_matches(const std::string& part, const std::string& name) {
  return is_wild(part) ? fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0 : part == name;
}

bool is_folder(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (!entries) return names;
  while (const dirent* const entry = readdir(entries.get())) names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  return names;
}

}  // namespace

struct PathPattern::Walk {
  const std::function<void(const std::string&)>& watch;
  std::vector<std::string> found;

  void go(const std::string& base, std::span<const std::string> parts) {
    const std::string& part = parts.front();
    const std::string folder = base.empty() ? "." : base;
    const auto at = [&](const std::string& name) {
      return base.empty() || base.ends_with('/') ? base + name : base + "/" + name;
    };
    if (is_wild(part)) {
      watch(folder);
      for (const std::string& name : names_in(folder)) {
        if (part_matches(part, name)) reached(at(name), parts);
      }
    } else {
      if (parts.size() == 1 || !is_folder(at(part))) watch(folder);
      reached(at(part), parts);
    }
  }
  void reached(const std::string& path, std::span<const std::string> parts) {
    struct stat status{};
    if (parts.size() != 1) {
      if (is_folder(path)) go(path, parts.subspan(1));
    } else if (lstat(path.c_str(), &status) == 0) {
      found.push_back(path);
    }
  }
};

PathPattern::PathPattern(std::string_view text)
    : text_(text), root_(text.starts_with('/') ? "/" : ""), parts_(parts_of(text)) {}

std::vector<std::string> PathPattern::expand(const std::function<void(const std::string&)>& watch) const {
  Walk walk{watch, {}};
  if (!parts_.empty()) walk.go(root_, parts_);
  return std::move(walk.found);
}

bool PathPattern::prefix_matches(std::string_view path, std::size_t n_parts) const {
  if (path.starts_with('/') != !root_.empty() || n_parts > parts_.size()) return false;
  return std::ranges::equal(parts_of(path), std::span(parts_).first(n_parts),
                            [](const std::string& name, const std::string& part) { return part_matches(part, name); });
}

bool PathPattern::concerns(std::string_view path) const { return prefix_matches(path, parts_of(path).size()); }

bool PathPattern::matches(std::string_view path) const { return prefix_matches(path, parts_.size()); }

}  // namespace hark::file_source
