// bench_null: hears events and forgets them, but for how many there were, how many bytes of data they had, and whether
// they came in order: data that begin with the same bytes up to a number of equal width compare as their numbers do.
// At the end "EVENTS BYTES ordered|disordered" is written to the file `report`.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <hark/plugin.hpp>
#include <string>

#include "input/plugin_options.h"

namespace {

// Called by its lane, one call at a time.
class Null {
 public:
  static constexpr auto info = hark::Info("dev.hark.bench.null", "0.1.0")
                                   .name("null")
                                   .can(HARK_CAP_FS_WRITE)
                                   .in_flight(1024)
                                   .batch(256)
                                   .options(R"({
    "type": "object", "additionalProperties": false, "required": ["report"],
    "properties": {"report": {"type": "string", "minLength": 1, "description": "file for what was counted"}}
  })");

  explicit Null(hark::Context& context) : report_(hark::input::PluginOptions(context.options()).text("report", "")) {}

  void handle_batch(hark::Batch& batch) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      const hark_bytes data = batch[i].event().raw()->data;
      ++events_;
      bytes_ += data.n;
      if (data.n < sizeof last_) {
        ordered_ = false;
        continue;
      }
      ordered_ = ordered_ && std::memcmp(last_, data.p, sizeof last_) < 0;
      std::memcpy(last_, data.p, sizeof last_);
    }
  }

  void stop() {
    if (std::FILE* const file = std::fopen(report_.c_str(), "w"); file != nullptr) {
      std::fprintf(file, "%llu %llu %s\n", static_cast<unsigned long long>(events_),
                   static_cast<unsigned long long>(bytes_), ordered_ ? "ordered" : "disordered");
      std::fclose(file);
    }
  }

 private:
  const std::string report_;
  std::uint64_t events_ = 0, bytes_ = 0;
  char last_[16] = {};
  bool ordered_ = true;
};

}  // namespace

HARK_PLUGIN(Null);
