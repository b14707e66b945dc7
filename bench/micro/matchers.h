// The peers of matching: other ways to find the subscriptions of a type.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topic/pattern.h"

namespace hark::bench {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// A stand-in for the NATS server's sublist: its idea, written anew in C++, not a port, and not the server itself. A
// trie by tokens, and a cache of the results of literal subjects, from which 256 are thrown out once there are 1024. As
// there, a match takes a shared lock and counts itself and its hits with atomic additions; so that, like ours, it may
// be asked by several threads.
class CachedTrie {
 public:
  void add(std::string_view pattern, std::uint32_t value);
  // Holds until the next match.
  const std::vector<std::uint32_t>& match(std::string_view type);

 private:
  static constexpr std::size_t cache_most = 1024, cache_swept = 256;
  struct Node;
  struct Level {
    ByText<std::unique_ptr<Node>> literal;
    std::unique_ptr<Node> star, rest;
  };
  struct Node {
    std::unique_ptr<Level> next;
    std::vector<std::uint32_t> values;
  };
  void collect(const Level& level, std::size_t depth, std::vector<std::uint32_t>& out) const;

  std::shared_mutex mutex_;
  std::atomic<std::uint64_t> matches_{0}, hits_{0};
  Level root_;
  std::vector<std::string_view> tokens_;  // of the subject that is being matched
  ByText<std::vector<std::uint32_t>> cache_;
};

// A map of the exact patterns, and all others asked one by one.
class MapAndScan {
 public:
  void add(const topic::Pattern& pattern, std::uint32_t value);
  void match(std::string_view type, std::vector<std::uint32_t>& out) const;

 private:
  ByText<std::vector<std::uint32_t>> exact_;
  std::vector<std::pair<topic::Pattern, std::uint32_t>> wildcards_;
};

}  // namespace hark::bench
