// Durations in logarithmic bins: percentiles without storing or allocating. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace flyball {

struct DurationSummary {
  std::uint64_t count = 0;
  double mean_seconds = 0.0;
  double p50_seconds = 0.0;
  double p99_seconds = 0.0;
  double max_seconds = 0.0;
};

// From 1 ns to over 1000 s, 16 bins per octave: a percentile is at most 4.5 % above the true one.
class DurationHistogram {
 public:
  void add(double seconds) noexcept;
  void clear() noexcept { *this = DurationHistogram(); }
  std::uint64_t count() const { return count_; }
  // Upper edge of the bin that holds the share `q` (0..1) of the durations; 0 when empty.
  double quantile(double q) const noexcept;
  DurationSummary summary() const noexcept;

 private:
  static constexpr std::size_t kBinsPerOctave = 16;
  static constexpr std::size_t kOctaves = 40;
  std::array<std::uint64_t, kBinsPerOctave * kOctaves> bins_{};
  std::uint64_t count_ = 0;
  double sum_seconds_ = 0.0;
  double max_seconds_ = 0.0;
};

}  // namespace flyball
