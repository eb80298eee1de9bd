// The energy of rows of which some lack power. Pure functions.
#pragma once

#include <optional>
#include <span>

#include "env/logs/telemetry_row.h"

namespace flyball {

// A span has an energy if power was read for this share of its time, and at both of its ends. The
// rest of the time counts at the mean power of that share.
constexpr double kLeastPoweredShare = 0.75;

// Mean power of the rows that have an energy, in watts; absent where they cover less than
// kLeastPoweredShare of the time.
std::optional<double> powered_watts(std::span<const TelemetryRow> rows);

// The cost, its energy at `watts` where it is not known.
SpanCost filled(SpanCost cost, std::optional<double> watts);

// Throws std::invalid_argument, naming the rails of the log, when rows are there and none has an
// energy.
void require_energy(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows);

}  // namespace flyball
