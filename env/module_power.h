// The power of a whole module from the rails that its sensors measure: the one place that says how.
// Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "env/board.h"

namespace flyball {

// No Jetson draws so much; a reading above it is none.
constexpr double kMostModuleWatts = 1000.0;
// No Jetson module draws so much in work: numbers above it are in another unit, milliwatts mostly.
constexpr double kMostPlausibleWatts = 300.0;
// How slowly a reading follows the power: the time constant of the INA3221 as its driver averages.
constexpr double kSensorLagSeconds = 0.42;

// The sum of Board::module_rails. Requires: one entry per rail of the board.
double module_power(const Board& board, std::span<const double> rail_watts);
// Absent where a rail of the sum is, and where the sum cannot be: 0 or less (a module that reads
// its sensors draws something), or more than any module draws.
std::optional<double> module_power(const Board& board,
                                   std::span<const std::optional<double>> rail_watts);

}  // namespace flyball
