// Random numbers that are the same on every machine: the standard library's distributions are not
// specified bit by bit, its generators are.
#pragma once

#include <cstddef>
#include <random>

namespace flyball {

// In [0, 1), with 53 random bits.
inline double draw_unit(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

// In [0, size). Requires: 0 < size <= 2^32 (the bias is below size / 2^53).
inline std::size_t draw_index(std::mt19937_64& random, std::size_t size) {
  return static_cast<std::size_t>(draw_unit(random) * static_cast<double>(size));
}

}  // namespace flyball
