#include "agent/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "env/draw.h"
#include "env/statistics.h"

namespace flyball {

double interquartile_mean(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto cut = static_cast<std::ptrdiff_t>(sorted.size() / 4);
  const double sum = std::accumulate(sorted.begin() + cut, sorted.end() - cut, 0.0);
  return sum / static_cast<double>(sorted.size() - 2 * static_cast<std::size_t>(cut));
}

Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic,
                            std::uint64_t seed, double share, std::size_t samples) {
  std::mt19937_64 random(seed);
  std::vector<double> drawn(values.size());
  std::vector<double> statistics;
  for (std::size_t i = 0; i < samples; ++i) {
    for (double& value : drawn) value = values[draw_index(random, values.size())];
    statistics.push_back(statistic(drawn));
  }
  return {interpolated_quantile(statistics, 0.5 * (1.0 - share)),
          interpolated_quantile(statistics, 0.5 * (1.0 + share))};
}

}  // namespace flyball
