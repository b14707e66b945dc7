#include "store/metrics.h"

namespace hark::store {

std::uint32_t Metrics::define(std::string_view instance, MetricKind kind, std::string_view name,
                              std::string_view unit) {
  core::Lock lock(mutex_);
  std::pair key{std::string(instance), std::string(name)};
  if (const auto found = ids_.find(key); found != ids_.end()) {
    return metrics_[found->second - 1].kind == kind ? found->second : 0;
  }
  std::size_t& defined = defined_[key.first];
  if (name.empty() || defined == limit) return 0;
  ++defined;
  metrics_.push_back({key.first, key.second, std::string(unit), kind, {}, 0});
  const auto id = static_cast<std::uint32_t>(metrics_.size());
  ids_.emplace(std::move(key), id);
  return id;
}

void Metrics::record(std::string_view instance, std::uint32_t id, double value, std::string_view labels) {
  core::Lock lock(mutex_);
  if (id == 0 || id > metrics_.size() || metrics_[id - 1].instance != instance) return;
  Metric& metric = metrics_[id - 1];
  auto series = metric.series.find(labels);
  if (series == metric.series.end()) {
    if (metric.series.size() == limit) {
      ++metric.refused;
      return;
    }
    series = metric.series.emplace(std::string(labels), Series{}).first;
  }
  ++series->second.count;
  if (metric.kind == MetricKind::gauge) {
    series->second.sum = value;
  } else {
    series->second.sum += value;
  }
}

std::vector<MetricValue> Metrics::read() const {
  core::Lock lock(mutex_);
  std::vector<MetricValue> values;
  for (const Metric& m : metrics_) {
    for (const auto& [labels, series] : m.series) {
      values.push_back({m.instance, m.name, m.unit, labels, m.kind, series.sum, series.count, m.refused});
    }
  }
  return values;
}

}  // namespace hark::store
