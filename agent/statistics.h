// What several runs say together. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "env/config/range.h"

namespace flyball {

// Mean of what is left when the lowest and the highest quarter (rounded down) are taken off, as in
// Agarwal et al. 2021. Requires: not empty.
double interquartile_mean(std::span<const double> values);

using Statistic = std::function<double(std::span<const double>)>;

// Percentile bootstrap: the interval that holds `share` of the statistic over `samples` draws with
// replacement. The same seed, the same interval. Requires: not empty.
Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic,
                            std::uint64_t seed, double share = 0.95, std::size_t samples = 2000);

}  // namespace flyball
