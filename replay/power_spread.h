// The power of every row of a log whose sensor is read less often than its rows, as flyballd's is:
// every half second, of an average over the time before. Pure functions.
//
// The power is taken as linear in what the rows show of each domain: f, f^3, and both times how
// busy it was (f: the clock). Seen through the sensor, a first-order low-pass, two readings in a
// row differ by a weighted sum of the rows between them, so the coefficients are found by least
// squares over all pairs of readings. What is left of a pair's difference is spread evenly over its
// rows, so that what the sensor measured stays as it was.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

// Pairs of readings that each coefficient needs at least; a log with fewer is left as it is.
constexpr std::size_t kReadingsPerCoefficient = 10;

// Watts of each row, without the sensor's lag; what is not told by two readings is absent. Absent
// altogether where power is read with every row, or too seldom to learn from. `lag_seconds`: the
// sensor's time constant.
std::optional<std::vector<std::optional<double>>> spread_power(const TelemetryLogHeader& header,
                                                               std::span<const TelemetryRow> rows,
                                                               double lag_seconds);

// The usual time between two readings; absent where there are no two.
std::optional<double> reading_seconds(std::span<const TelemetryRow> rows);

// Gives the rows those energies, and the header a sensor without a lag; returns whether it did.
bool spread_energy(TelemetryLogHeader& header, std::span<TelemetryRow> rows, double lag_seconds);

}  // namespace flyball
