// Quantiles of samples, in the two meanings that are in use, and what several runs say together.
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "env/config/range.h"

namespace flyball {

// A value that occurred: the smallest one that the share `q` of `sorted` (ascending) does not
// exceed, as for latencies; 0 if empty.
double nearest_rank(std::span<const double> sorted, double q);

// Between the values on both sides of the rank, linearly, as for few runs; q in [0, 1]. Requires:
// not empty.
double interpolated_quantile(std::vector<double> values, double q);

// The value that occurred in the middle; of an even number the upper one. Robust against odd
// values, in linear time. Requires: not empty.
double upper_median(std::vector<double> values);

// Mean of what is left when the lowest and the highest quarter (rounded down) are taken off, as in
// Agarwal et al. 2021. Requires: not empty.
double interquartile_mean(std::span<const double> values);

using Statistic = std::function<double(std::span<const double>)>;

// Percentile bootstrap: the interval that holds `share` of the statistic over `samples` draws with
// replacement. The same seed, the same interval. Requires: not empty.
Interval bootstrap_interval(std::span<const double> values, const Statistic& statistic,
                            std::uint64_t seed, double share = 0.95, std::size_t samples = 2000);

// The same of pairs, drawn together: what was measured on the same work stays together. Requires:
// as many of one as of the other, not empty.
using PairedStatistic =
    std::function<double(std::span<const double> first, std::span<const double> second)>;
Interval paired_bootstrap_interval(std::span<const double> first, std::span<const double> second,
                                   const PairedStatistic& statistic, std::uint64_t seed,
                                   double share = 0.95, std::size_t samples = 2000);

// The same of strata, each drawn from for itself, as in Agarwal et al. 2021: runs of one scenario
// stand for that scenario. Requires: no stratum is empty.
Interval stratified_bootstrap_interval(const std::vector<std::vector<double>>& strata,
                                       const Statistic& statistic, std::uint64_t seed,
                                       double share = 0.95, std::size_t samples = 2000);

// Performance profile, as in Agarwal et al. 2021: the share of `values` that are at least `bound`,
// 0..1. Requires: not empty.
double share_at_least(std::span<const double> values, double bound);

}  // namespace flyball
