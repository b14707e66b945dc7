// Memory that is zero and not resident until it is touched: for what is as large as a limit that is seldom reached.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>

namespace hark::core {

template <class T>
class ZeroPages {
  static_assert(std::is_trivial_v<T>, "begins its life as zeros, and ends it unnoticed");

 public:
  explicit ZeroPages(std::size_t n) : n_(n) {
    void* const p = mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    madvise(p, n * sizeof(T), MADV_NOHUGEPAGE);  // a huge page would be touched as a whole
    items_ = static_cast<T*>(p);
  }
  ~ZeroPages() { munmap(items_, n_ * sizeof(T)); }
  ZeroPages(const ZeroPages&) = delete;
  ZeroPages& operator=(const ZeroPages&) = delete;

  T& operator[](std::size_t i) const { return items_[i]; }
  std::size_t size() const { return n_; }

 private:
  std::size_t n_;
  T* items_;
};

}  // namespace hark::core
