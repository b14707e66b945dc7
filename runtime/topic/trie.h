// From patterns to small numbers: which of 100,000 subscriptions match a type, in a few lookups for each of its tokens.
//
// Called by the bus's registry, which holds its mutex: not thread-safe. Copies nothing of the type it matches, and
// match() allocates only when `out` has to grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topic/pattern.h"

namespace hark::topic {

class Trie {
 public:
  Trie();

  // A pattern may stand several times, with the same value or with others.
  void insert(const Pattern& pattern, std::uint32_t value);

  // Takes one such pair out; false when there is none.
  bool remove(const Pattern& pattern, std::uint32_t value);

  // Appends the value of every pair whose pattern matches, in no particular order; a value inserted with three matching
  // patterns comes three times.
  void match(std::string_view type, std::vector<std::uint32_t>& out) const;

  std::size_t size() const { return size_; }

 private:
  using Index = std::uint32_t;
  static constexpr Index none = UINT32_MAX;
  static constexpr Index root = 0;
  static constexpr Index star_token = 0;  // `*` of a pattern; texts are numbered from 1

  // One token further down than its parent. A pattern ends in `here`, or with `**` in `below`.
  struct Node {
    Index star = none;  // child for `*`, apart because every match asks for it
    Index here = none;  // heads of lists of values
    Index below = none;
    std::uint32_t children = 0;
  };
  struct Value {
    std::uint32_t value;
    Index next;
  };
  struct Token {
    Index id;
    std::uint32_t edges;  // that carry it; forgotten at 0
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct EdgeHash {
    std::size_t operator()(std::uint64_t key) const;
  };
  struct Walk;

  static std::uint64_t edge(Index node, Index token) { return std::uint64_t{node} << 32 | token; }
  Index child(Index node, Index token) const;
  Index descend(Index node, std::string_view token);
  void prune(const std::vector<Index>& path, const std::vector<std::string_view>& tokens);
  void visit(const Walk& walk, Index node, std::size_t depth) const;
  void append(Index head, std::vector<std::uint32_t>& out) const;

  std::unordered_map<std::string, Token, TextHash, std::equal_to<>> tokens_;
  std::unordered_map<std::uint64_t, Index, EdgeHash> edges_;
  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<Index> free_nodes_, free_values_, free_tokens_;
  Index next_token_ = star_token + 1;
  std::size_t size_ = 0;
};

}  // namespace hark::topic
