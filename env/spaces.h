// Observation and action spaces, as in Gymnasium. Values.
#pragma once

#include <cstddef>
#include <vector>

namespace flyball {

// A box of floats: low[i] <= x[i] <= high[i].
struct BoxSpace {
  std::vector<float> low;
  std::vector<float> high;
  std::size_t size() const { return low.size(); }
};

// One integer in [0, counts[i]) per dimension.
struct MultiDiscreteSpace {
  std::vector<std::size_t> counts;
  std::size_t size() const { return counts.size(); }
  // The number of joint actions.
  std::size_t combinations() const {
    std::size_t product = 1;
    for (const std::size_t count : counts) product *= count;
    return product;
  }
};

}  // namespace flyball
