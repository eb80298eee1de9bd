// The stretches of a run in which requests arrive at one rate, known in hindsight. Pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "env/sim/arrivals_config.h"

namespace flyball {

// From `begin_seconds` on, until the next one begins.
struct ArrivalPhase {
  double begin_seconds = 0.0;
  std::size_t state = 0;  // of BurstyArrivals::states

  friend bool operator==(const ArrivalPhase&, const ArrivalPhase&) = default;
};

// Those of the arrivals that make_arrivals() draws with this seed, the first from 0 on. Empty for
// arrivals whose rate does not change by itself.
std::vector<ArrivalPhase> arrival_phases(const ArrivalsConfig& config, std::uint64_t seed);

}  // namespace flyball
