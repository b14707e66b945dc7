// What plugins count about themselves through hark.metrics/1, by instance, name and labels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.h"

namespace hark::store {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

struct MetricValue {
  std::string instance, name, unit, labels;  // labels: k="v",k="v" in the order given
  MetricKind kind = MetricKind::counter;
  double sum = 0;  // counter: the total; gauge: the last value; histogram: the sum
  std::uint64_t count = 0, refused = 0;
};

// Thread: any. Bounded: at most 1,000 metrics an instance and 1,000 label sets a metric; past that refused and counted.
class Metrics {
 public:
  static constexpr std::size_t limit = 1000;

  // Returns an id from 1, the same for the same instance and name; 0: refused (kind differs, or past the limit).
  std::uint32_t define(std::string_view instance, MetricKind kind, std::string_view name, std::string_view unit)
      EXCLUDES(mutex_);
  // An id that is not this instance's is ignored.
  void record(std::string_view instance, std::uint32_t id, double value, std::string_view labels) EXCLUDES(mutex_);
  std::vector<MetricValue> read() const EXCLUDES(mutex_);

 private:
  struct Series {
    double sum = 0;
    std::uint64_t count = 0;
  };
  struct Metric {
    std::string instance, name, unit;
    MetricKind kind;
    std::map<std::string, Series, std::less<>> series;
    std::uint64_t refused = 0;
  };

  mutable core::Mutex mutex_;
  std::vector<Metric> metrics_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, std::uint32_t> ids_ GUARDED_BY(mutex_);
  std::map<std::string, std::size_t, std::less<>> defined_ GUARDED_BY(mutex_);  // by instance
};

}  // namespace hark::store
