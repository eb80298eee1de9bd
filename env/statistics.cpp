#include "env/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "env/draw.h"

namespace flyball {

double nearest_rank(std::span<const double> sorted, double q) {
  if (sorted.empty()) return 0.0;
  const double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size()));
  return sorted[std::max<std::size_t>(1, static_cast<std::size_t>(rank)) - 1];
}

double interpolated_quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

double upper_median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double interquartile_mean(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto cut = static_cast<std::ptrdiff_t>(sorted.size() / 4);
  const double sum = std::accumulate(sorted.begin() + cut, sorted.end() - cut, 0.0);
  return sum / static_cast<double>(sorted.size() - 2 * static_cast<std::size_t>(cut));
}

Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic,
                            std::uint64_t seed, double share, std::size_t samples) {
  const PairedStatistic of_first = [&](std::span<const double> first, std::span<const double>) {
    return statistic(first);
  };
  return paired_bootstrap_interval(values, values, of_first, seed, share, samples);
}

Interval paired_bootstrap_interval(std::span<const double> first, std::span<const double> second,
                                   const PairedStatistic& statistic, std::uint64_t seed,
                                   double share, std::size_t samples) {
  std::mt19937_64 random(seed);
  std::vector<double> drawn_first(first.size());
  std::vector<double> drawn_second(first.size());
  std::vector<double> statistics;
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t k = 0; k < first.size(); ++k) {
      const std::size_t from = draw_index(random, first.size());
      drawn_first[k] = first[from];
      drawn_second[k] = second[from];
    }
    statistics.push_back(statistic(drawn_first, drawn_second));
  }
  return {interpolated_quantile(statistics, 0.5 * (1.0 - share)),
          interpolated_quantile(statistics, 0.5 * (1.0 + share))};
}

Interval stratified_bootstrap_interval(const std::vector<std::vector<double>>& strata,
                                       const Statistic& statistic, std::uint64_t seed, double share,
                                       std::size_t samples) {
  std::mt19937_64 random(seed);
  std::vector<double> drawn;
  std::vector<double> statistics;
  for (std::size_t i = 0; i < samples; ++i) {
    drawn.clear();
    for (const std::vector<double>& values : strata) {
      for (std::size_t k = 0; k < values.size(); ++k) {
        drawn.push_back(values[draw_index(random, values.size())]);
      }
    }
    statistics.push_back(statistic(drawn));
  }
  return {interpolated_quantile(statistics, 0.5 * (1.0 - share)),
          interpolated_quantile(statistics, 0.5 * (1.0 + share))};
}

double share_at_least(std::span<const double> values, double bound) {
  const auto reach =
      std::count_if(values.begin(), values.end(), [&](double value) { return value >= bound; });
  return static_cast<double>(reach) / static_cast<double>(values.size());
}

}  // namespace flyball
