// Patterns of paths -> the files that are there, and the folders in which others may appear.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hark::file_source {

// `*`, `?` and `[...]` stand for what they do in a shell: within one part of a path, and not for a leading dot.
class PathPattern {
 public:
  explicit PathPattern(std::string_view text);

  // The paths that match now, sorted. `watch` is called with each folder in which a change may change the answer,
  // before that folder is looked at, so that nothing slips in between.
  std::vector<std::string> expand(const std::function<void(const std::string& folder)>& watch) const;

  // Whether this path matches, or is a folder on the way to those that do.
  bool concerns(std::string_view path) const;
  bool matches(std::string_view path) const;
  const std::string& text() const { return text_; }  // as it was given

 private:
  struct Walk;
  bool prefix_matches(std::string_view path, std::size_t n_parts) const;

  std::string text_;
  std::string root_;                // "/" or empty
  std::vector<std::string> parts_;  // of the pattern
};

}  // namespace hark::file_source
