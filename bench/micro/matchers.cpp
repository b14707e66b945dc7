#include "matchers.h"

#include <mutex>

namespace hark::bench {
namespace {

void split(std::string_view text, std::vector<std::string_view>& out) {
  out.clear();
  for (std::size_t begin = 0;;) {
    const std::size_t dot = text.find('.', begin);
    out.push_back(text.substr(begin, dot - begin));
    if (dot == std::string_view::npos) return;
    begin = dot + 1;
  }
}

}  // namespace

void CachedTrie::add(std::string_view pattern, std::uint32_t value) {
  split(pattern, tokens_);
  Level* level = &root_;
  Node* node = nullptr;
  for (const std::string_view token : tokens_) {
    if (node != nullptr) {
      if (node->next == nullptr) node->next = std::make_unique<Level>();
      level = node->next.get();
    }
    std::unique_ptr<Node>& child = token == "*"    ? level->star
                                   : token == "**" ? level->rest
                                                   : level->literal[std::string(token)];
    if (child == nullptr) child = std::make_unique<Node>();
    node = child.get();
  }
  node->values.push_back(value);
  cache_.clear();
}

void CachedTrie::collect(const Level& level, std::size_t depth, std::vector<std::uint32_t>& out) const {
  const auto take = [&](const Node* node) {
    if (node == nullptr) return;
    if (depth + 1 == tokens_.size()) {
      out.insert(out.end(), node->values.begin(), node->values.end());
    } else if (node->next != nullptr) {
      collect(*node->next, depth + 1, out);
    }
  };
  if (level.rest != nullptr) out.insert(out.end(), level.rest->values.begin(), level.rest->values.end());
  take(level.star.get());
  if (const auto found = level.literal.find(tokens_[depth]); found != level.literal.end()) take(found->second.get());
}

const std::vector<std::uint32_t>& CachedTrie::match(std::string_view type) {
  matches_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(type); found != cache_.end()) {
      hits_.fetch_add(1, std::memory_order_relaxed);
      return found->second;
    }
  }
  const std::unique_lock lock(mutex_);
  split(type, tokens_);
  std::vector<std::uint32_t> result;
  collect(root_, 0, result);
  if (cache_.size() >= cache_most) {
    while (cache_.size() > cache_most - cache_swept) cache_.erase(cache_.begin());
  }
  return cache_.emplace(std::string(type), std::move(result)).first->second;
}

void MapAndScan::add(const topic::Pattern& pattern, std::uint32_t value) {
  if (pattern.is_exact()) {
    exact_[pattern.text()].push_back(value);
  } else {
    wildcards_.emplace_back(pattern, value);
  }
}

void MapAndScan::match(std::string_view type, std::vector<std::uint32_t>& out) const {
  out.clear();
  if (const auto found = exact_.find(type); found != exact_.end()) out = found->second;
  for (const auto& [pattern, value] : wildcards_) {
    if (pattern.matches(type)) out.push_back(value);
  }
}

}  // namespace hark::bench
