#include "controllers/duration_histogram.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kFirstSeconds = 1e-9;

}  // namespace

void DurationHistogram::add(double seconds) noexcept {
  const double octaves = std::log2(std::max(seconds, kFirstSeconds) / kFirstSeconds);
  const auto bin = static_cast<std::size_t>(octaves * static_cast<double>(kBinsPerOctave));
  ++bins_[std::min(bin, bins_.size() - 1)];
  ++count_;
  sum_seconds_ += std::max(seconds, 0.0);
  max_seconds_ = std::max(max_seconds_, seconds);
}

double DurationHistogram::quantile(double q) const noexcept {
  if (count_ == 0) return 0.0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  std::size_t bin = 0;
  for (; bin + 1 < bins_.size(); ++bin) {
    seen += bins_[bin];
    if (seen >= rank) break;
  }
  const double octaves = static_cast<double>(bin + 1) / static_cast<double>(kBinsPerOctave);
  return std::min(max_seconds_, kFirstSeconds * std::exp2(octaves));
}

DurationSummary DurationHistogram::summary() const noexcept {
  DurationSummary summary;
  if (count_ == 0) return summary;
  summary.count = count_;
  summary.mean_seconds = sum_seconds_ / static_cast<double>(count_);
  summary.p50_seconds = quantile(0.5);
  summary.p99_seconds = quantile(0.99);
  summary.max_seconds = max_seconds_;
  return summary;
}

}  // namespace flyball
