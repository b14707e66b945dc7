// Must be called on one thread from its constructor to its destructor; logs "affine: one thread" or "affine: N threads"
// at the end.
#include <set>
#include <thread>

#include "zoo.hpp"

class Affine {
 public:
  static constexpr auto info = zoo::info("zoo.affine").threads(hark::Threads::affine);
  explicit Affine(hark::Context& ctx) : ctx_(ctx) { seen(); }
  ~Affine() {
    seen();
    ctx_.info(ids_.size() == 1 ? "affine: one thread" : "affine: " + std::to_string(ids_.size()) + " threads");
  }
  Affine(const Affine&) = delete;
  Affine& operator=(const Affine&) = delete;
  void start() { seen(); }
  void handle(const hark::Delivery&) { seen(); }
  void stop() { seen(); }

 private:
  void seen() { ids_.insert(std::this_thread::get_id()); }
  hark::Context& ctx_;
  std::set<std::thread::id> ids_;
};
HARK_PLUGIN(Affine);
