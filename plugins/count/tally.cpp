#include "tally.h"

#include <algorithm>
#include <hark/cloudevents.hpp>
#include <utility>

#include "fields.h"

namespace hark::count {
namespace {

using Group = std::pair<std::string_view, std::uint64_t>;

void append_group(std::string& out, const std::vector<std::string>& names, const Group& group) {
  std::string_view values = group.first;
  out += '{';
  for (const std::string& name : names) {
    const std::size_t end = values.find(Fields::end);
    append_json_string(out, name);
    out.append(":").append(values.substr(0, end)).append(",");
    values.remove_prefix(end + 1);
  }
  out.append("\"count\":").append(std::to_string(group.second)).append("}");
}

void append_time(std::string& out, const char* name, std::int64_t ns) {
  constexpr std::int64_t ms = 1'000'000;
  out.append("\"").append(name).append("\":\"");
  append_rfc3339(out, ns / ms * ms);
  out.append("\",");
}

void append_number(std::string& out, const char* name, std::uint64_t n) {
  out.append("\"").append(name).append("\":").append(std::to_string(n)).append(",");
}

}  // namespace

void Tally::add(std::string_view group) {
  ++total_;
  ++of_interval_;
  ++since_start_;
  if (const auto found = groups_.find(group); found != groups_.end()) {
    ++found->second;
  } else if (groups_.size() < max_groups_) {
    groups_.emplace(group, 1);
  } else {
    ++other_;
  }
}

std::string Tally::summary(const std::vector<std::string>& names, std::int64_t to_ns, std::size_t most) const {
  std::vector<Group> sorted(groups_.begin(), groups_.end());
  std::ranges::sort(sorted, [](const Group& a, const Group& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::uint64_t other = other_;
  for (std::size_t i = most; i < sorted.size(); ++i) other += sorted[i].second;
  sorted.resize(std::min(most, sorted.size()));

  std::string out = "{";
  append_time(out, "from", from_ns_);
  append_time(out, "to", to_ns);
  append_number(out, "total", total_);
  append_number(out, "of_interval", of_interval_);
  append_number(out, "since_start", since_start_);
  append_number(out, "other", other);
  out.append("\"groups\":[");
  for (const Group& group : sorted) {
    if (out.back() != '[') out += ',';
    append_group(out, names, group);
  }
  return out.append("]}");
}

void Tally::summarised(std::int64_t to_ns) {
  of_interval_ = 0;
  if (!reset_) return;
  groups_.clear();
  total_ = other_ = 0;
  from_ns_ = to_ns;
}

}  // namespace hark::count
