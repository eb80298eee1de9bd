// From a scenario to the simulated board that it describes. Pure function.
#pragma once

#include <cstdint>

#include "controllers/evaluation/sim_setup.h"
#include "env/sim/scenario.h"

namespace flyball {

// The simulated board of a scenario, governed by the residents that the board ships with; put
// others into `residents` to compare. Seed: arrivals use `seed`, the plant's noise `seed` + 1.
// Throws DataError where the arrivals are a trace that cannot be read.
SimConfig make_sim_config(const Scenario& scenario, std::uint64_t seed);

}  // namespace flyball
