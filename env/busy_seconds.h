// How long a domain's units were busy, by what the telemetry shows. Pure function.
#pragma once

#include <cstddef>
#include <optional>

#include "env/plant.h"
#include "env/telemetry.h"

namespace flyball {

// Seconds, cumulative: of all CPUs of a CPU domain together, of any other domain its own. Absent
// where the telemetry does not tell.
std::optional<double> busy_seconds(const PlantDescription& plant, std::size_t domain,
                                   const Telemetry& telemetry);

}  // namespace flyball
