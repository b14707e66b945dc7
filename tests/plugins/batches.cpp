// Takes up to 16 deliveries at once; each slot is answered as its event says ({"answer": -2}), {"leave": 1} leaves its
// slot to what the call returns, {"throw": 1} throws from there on. Logs "batch of N".
#include <stdexcept>

#include "zoo.hpp"

class Batches {
 public:
  static constexpr auto info = zoo::info("zoo.batches").batch(16).in_flight(16);
  explicit Batches(hark::Context& ctx) : ctx_(ctx) {}
  void handle_batch(hark::Batch& batch) {
    ctx_.info("batch of " + std::to_string(batch.size()));
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      const std::string_view data = batch[i].event().data();
      if (zoo::number(data, "throw", 0) != 0) throw std::runtime_error("thrown in the middle of a batch");
      if (zoo::number(data, "leave", 0) != 0) continue;
      batch.answer(i, hark::Result(static_cast<hark_result>(zoo::number(data, "answer", 0)), zoo::text(data, "text")));
    }
  }

 private:
  hark::Context& ctx_;
};
HARK_PLUGIN(Batches);
