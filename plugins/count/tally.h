// What has been counted: how many events of each group, and the summary of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hark::count {

// A group is named by the values of its fields, as Fields writes them. Past max_groups of them what is new is counted
// as `other`, so memory stays bounded whatever comes in. Thread: one at a time.
class Tally {
 public:
  // from_ns: Unix ns, when the counting begins. reset: each summary begins anew; else counts go on.
  Tally(std::size_t max_groups, bool reset, std::int64_t from_ns)
      : max_groups_(max_groups), reset_(reset), from_ns_(from_ns) {}

  void add(std::string_view group);

  std::uint64_t of_interval() const { return of_interval_; }  // since the last summarised()
  bool overflowed() const { return other_ != 0; }

  // One JSON object (docs/plugins.md) with the `most` largest groups; the others count as `other`.
  std::string summary(const std::vector<std::string>& names, std::int64_t to_ns, std::size_t most) const;
  std::size_t groups() const { return groups_.size(); }
  // The summary has been published: the next interval begins.
  void summarised(std::int64_t to_ns);

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };

  const std::size_t max_groups_;
  const bool reset_;
  std::int64_t from_ns_;
  std::uint64_t total_ = 0, other_ = 0, of_interval_ = 0, since_start_ = 0;
  std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> groups_;
};

}  // namespace hark::count
