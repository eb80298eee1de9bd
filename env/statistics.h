// Quantiles of samples, in the two meanings that are in use. Pure functions.
#pragma once

#include <span>
#include <vector>

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

}  // namespace flyball
