// SPDX-License-Identifier: Apache-2.0
// Memory that ends where an unreadable page begins, and that becomes unreadable as a whole when its time is over: who
// reads past n, or after the call, crashes there and then.
#pragma once

#include <hark/plugin.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hark::testing::hostile {

// What lies behind the fields that a plugin knows, and in memory that it has to fill.
inline constexpr int junk = 0xA5;

// One piece. Its address is not used again while it lives, closed or not: a late reader never meets somebody else's.
class Edge {
 public:
  explicit Edge(std::size_t n) : n_(n) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t readable = (n + page - 1) / page * page;
    mapped_ = readable + page;
    void* const at = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<char*>(at);
    if (::mprotect(base_ + readable, page, PROT_NONE) != 0) throw std::bad_alloc();
    begin_ = base_ + (readable - n);
  }
  Edge(const void* bytes, std::size_t n) : Edge(n) {
    if (n != 0) std::memcpy(begin_, bytes, n);
  }
  Edge(Edge&& o) noexcept : base_(std::exchange(o.base_, nullptr)), begin_(o.begin_), n_(o.n_), mapped_(o.mapped_) {}
  Edge& operator=(Edge&&) = delete;
  ~Edge() {
    if (base_ != nullptr) ::munmap(base_, mapped_);
  }

  char* data() const { return begin_; }
  std::size_t size() const { return n_; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(begin_);
  }
  void close() const { (void)::mprotect(base_, mapped_, PROT_NONE); }

 private:
  char* base_ = nullptr;
  char* begin_ = nullptr;
  std::size_t n_, mapped_ = 0;
};

// The pieces of one call.
class EdgeMemory {
 public:
  // An empty one is NULL or points at what must not be read: a length of 0 forbids to look in either case.
  const char* bytes(const char* p, std::size_t n) {
    if (n == 0 && p == nullptr) return nullptr;
    return pieces_.emplace_back(p, n).data();
  }
  hark_str str(hark_str s) {
    if (s.n == 0 && ++empties_ % 2 == 0) return {nullptr, 0};
    return {bytes(s.n == 0 ? "" : s.p, s.n), s.n};
  }
  hark_str str(std::string_view s) { return str(hark_str{s.data(), s.size()}); }
  // A growable struct (R1), as a host of a later minor has it when `larger`: its size says so, and what follows the
  // known fields is junk.
  template <class T>
  T* structure(T known, bool larger) {
    known.size = static_cast<std::uint32_t>(sizeof(T) + (larger ? 64u : 0u));
    const Edge& piece = pieces_.emplace_back(known.size);
    std::memset(piece.data(), junk, piece.size());
    std::memcpy(piece.data(), &known, sizeof known);
    return piece.as<T>();
  }
  template <class T>
  T* array(const T* items, std::size_t n) {
    return pieces_.emplace_back(items, n * sizeof(T)).template as<T>();
  }
  void close() const {
    for (const Edge& piece : pieces_) piece.close();
  }

 private:
  std::vector<Edge> pieces_;
  unsigned empties_ = 0;
};

// An event and all that it points to, each on an edge of its own.
class LaidEvent {
 public:
  LaidEvent(const hark_event& like, bool larger) {
    hark_event e = like;
    std::vector<hark_attr> attributes;
    for (std::uint32_t i = 0; i < like.n_attributes; ++i) {
      const hark_attr& a = like.attributes[i];
      attributes.push_back({memory_.str(a.k), memory_.str(a.v), a.kind, 0});
    }
    e.attributes = attributes.empty() ? nullptr : memory_.array(attributes.data(), attributes.size());
    for (hark_str* s : {&e.id, &e.type, &e.source, &e.subject, &e.content_type, &e.schema, &e.time_text, &e.tracestate})
      *s = memory_.str(*s);
    e.key.p = memory_.bytes(static_cast<const char*>(e.key.p), e.key.n);
    e.data.p = memory_.bytes(static_cast<const char*>(e.data.p), e.data.n);
    event_ = memory_.structure(e, larger);
  }

  const hark_event* event() const { return event_; }
  void close() const { memory_.close(); }

 private:
  EdgeMemory memory_;
  const hark_event* event_;
};

}  // namespace hark::testing::hostile
