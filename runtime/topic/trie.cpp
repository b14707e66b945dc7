#include "topic/trie.h"

#include <array>

namespace hark::topic {
namespace {

// The lowest free index of a pool, which grows when all are taken.
template <class T>
std::uint32_t take(std::vector<T>& pool, std::vector<std::uint32_t>& free, T value) {
  if (free.empty()) {
    pool.push_back(value);
    return static_cast<std::uint32_t>(pool.size() - 1);
  }
  const std::uint32_t index = free.back();
  free.pop_back();
  pool[index] = value;
  return index;
}

// The tokens on the way to where a pattern ends; a last `**` is none.
struct Way {
  std::vector<std::string_view> tokens;
  bool ends_open;

  explicit Way(const Pattern& pattern) : tokens(pattern.tokens()), ends_open(tokens.back() == "**") {
    if (ends_open) tokens.pop_back();
  }
};

}  // namespace

// A type's tokens as their numbers. A pattern has at most 512 tokens (Pattern::parse), so of a longer type only its
// being longer matters.
struct Trie::Walk {
  static constexpr std::size_t most = 513;

  explicit Walk(std::vector<std::uint32_t>& matches) : out(matches) {}  // leaves ids alone: 2 KiB, mostly unused

  std::array<Index, most> ids;  // none: in no pattern
  std::size_t count = 0;
  bool reserved = false;
  std::vector<std::uint32_t>& out;
};

std::size_t Trie::EdgeHash::operator()(std::uint64_t key) const {
  key ^= key >> 32;
  key *= 0x9e37'79b9'7f4a'7c15u;
  return key ^ key >> 29;
}

Trie::Trie() : nodes_(1) {}

Trie::Index Trie::child(Index node, Index token) const {
  if (token == star_token) return nodes_[node].star;
  const auto found = edges_.find(edge(node, token));
  return found == edges_.end() ? none : found->second;
}

// The child for a pattern's token, made when there is none.
Trie::Index Trie::descend(Index node, std::string_view token) {
  if (token == "*") {
    if (nodes_[node].star == none) {
      const Index made = take(nodes_, free_nodes_, Node{});
      nodes_[node].star = made;
      ++nodes_[node].children;
    }
    return nodes_[node].star;
  }
  auto known = tokens_.find(token);
  if (known == tokens_.end()) {
    Index id = next_token_;
    if (free_tokens_.empty()) {
      ++next_token_;
    } else {
      id = free_tokens_.back();
      free_tokens_.pop_back();
    }
    known = tokens_.emplace(token, Token{id, 0}).first;
  }
  const auto [at, is_new] = edges_.try_emplace(edge(node, known->second.id), none);
  if (is_new) {
    at->second = take(nodes_, free_nodes_, Node{});
    ++nodes_[node].children;
    ++known->second.edges;
  }
  return at->second;
}

void Trie::insert(const Pattern& pattern, std::uint32_t value) {
  Index node = root;
  const Way way(pattern);
  for (const std::string_view token : way.tokens) node = descend(node, token);
  Index& head = way.ends_open ? nodes_[node].below : nodes_[node].here;
  head = take(values_, free_values_, Value{value, head});
  ++size_;
}

bool Trie::remove(const Pattern& pattern, std::uint32_t value) {
  std::vector<Index> path{root};
  const Way way(pattern);
  for (const std::string_view token : way.tokens) {
    Index id = star_token;
    if (token != "*") {
      const auto known = tokens_.find(token);
      if (known == tokens_.end()) return false;
      id = known->second.id;
    }
    const Index next = child(path.back(), id);
    if (next == none) return false;
    path.push_back(next);
  }
  Node& last = nodes_[path.back()];
  Index* link = way.ends_open ? &last.below : &last.here;
  while (*link != none && values_[*link].value != value) link = &values_[*link].next;
  if (*link == none) return false;
  free_values_.push_back(*link);
  *link = values_[*link].next;
  --size_;
  prune(path, way.tokens);
  return true;
}

// Frees the nodes of a path that nothing needs any more, from its end.
void Trie::prune(const std::vector<Index>& path, const std::vector<std::string_view>& tokens) {
  for (std::size_t i = path.size() - 1; i > 0; --i) {
    const Node& node = nodes_[path[i]];
    if (node.children != 0 || node.here != none || node.below != none) return;
    Node& parent = nodes_[path[i - 1]];
    const std::string_view token = tokens[i - 1];
    if (token == "*") {
      parent.star = none;
    } else {
      const auto known = tokens_.find(token);
      edges_.erase(edge(path[i - 1], known->second.id));
      if (--known->second.edges == 0) {
        free_tokens_.push_back(known->second.id);
        tokens_.erase(known);
      }
    }
    --parent.children;
    free_nodes_.push_back(path[i]);
  }
}

void Trie::match(std::string_view type, std::vector<std::uint32_t>& out) const {
  if (type.empty() || size_ == 0) return;
  Walk walk(out);
  walk.reserved = is_reserved(type);
  for (std::string_view rest = type; walk.count < Walk::most;) {
    const std::size_t dot = rest.find('.');
    const auto known = tokens_.find(rest.substr(0, dot));
    walk.ids[walk.count++] = known == tokens_.end() ? none : known->second.id;
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  visit(walk, root, 0);
}

// Recursion is as deep as the longest pattern at most.
void Trie::visit(const Walk& walk, Index at, std::size_t depth) const {
  const Node& node = nodes_[at];
  if (depth == walk.count) return append(node.here, walk.out);
  const bool wild = depth > 0 || !walk.reserved;  // `*` and `**` as the first token do not hear the host's own types
  if (wild) append(node.below, walk.out);
  if (wild && node.star != none) visit(walk, node.star, depth + 1);
  if (walk.ids[depth] == none || node.children == 0) return;
  const Index next = child(at, walk.ids[depth]);
  if (next != none) visit(walk, next, depth + 1);
}

void Trie::append(Index head, std::vector<std::uint32_t>& out) const {
  for (Index i = head; i != none; i = values_[i].next) out.push_back(values_[i].value);
}

}  // namespace hark::topic
