// A policy's levels on a board whose table is another one: matched by frequency, not by index. A
// Nano image may stop a level earlier, an overclocked one go two levels further. Setup only.
#pragma once

#include <string>
#include <vector>

namespace flyball {

// What two lists may differ by and still mean the same frequency, as a share of it.
constexpr double kSameFrequency = 0.01;

// A knob as somebody knows it from elsewhere.
struct KnownTable {
  std::string name;
  std::vector<double> levels;  // ascending
  std::vector<bool> used;      // per level: whether it will ever be asked for
};

// The board's own frequency for each known level: within 1 % where the level is used, the nearest
// one otherwise. Throws std::runtime_error with both tables when a used level is not there.
std::vector<double> fit_table(const KnownTable& known, const std::vector<double>& board_levels);

}  // namespace flyball
