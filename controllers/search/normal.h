// The normal distribution, as searches need it. Pure functions.
#pragma once

#include <random>

namespace flyball {

// Of mean 0 and variance 1, by Box and Muller.
double draw_normal(std::mt19937_64& random);
// log P(X <= x), exact far into the lower tail.
double log_normal_cdf(double x);
// log E[max(z + X, 0)]: the logarithm of expected improvement for a deviation of 1, exact where
// improvement is all but impossible. Source: Ament et al., Unexpected Improvements to Expected
// Improvement (NeurIPS 2023), eq. 9 and 14.
double log_expected_improvement(double z);

}  // namespace flyball
