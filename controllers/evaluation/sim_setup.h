// From a scenario, or a board alone, to the simulated board. Pure functions.
#pragma once

#include <cstdint>

#include "controllers/evaluation/sim_setup.h"
#include "env/sim/board_config.h"
#include "env/sim/scenario.h"
#include "env/sim/sim_config.h"

namespace flyball {

// The board in its default mode with its sensors, heat, power budget and the residents that it
// ships with; work and arrivals are the caller's.
SimConfig board_sim_config(const BoardConfig& board);

// The simulated board of a scenario, governed by the residents that the board ships with; put
// others into `residents` to compare. Seed: arrivals use `seed`, the plant's noise `seed` + 1.
// Throws DataError where the arrivals are a trace that cannot be read.
SimConfig make_sim_config(const Scenario& scenario, std::uint64_t seed);

}  // namespace flyball
