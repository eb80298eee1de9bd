// What lets a search cross the limit on misses: late requests have a price instead. A search that
// may only improve within the limit ends at the first setting that just keeps it. Pure function.
#pragma once

#include <limits>

#include "controllers/run_figures.h"

namespace flyball {

// What all requests being late costs, in the energy of what the search begins with. Falling: misses
// are traded at one price, until what is cheapest is too late for the limit.
inline constexpr double kMissPrices[] = {10.0, 3.0, 1.0};

// Energy and the price of what is late. Without a limit on misses, or with work undone, only what
// is feasible counts.
inline double priced_joules(const RunFigures& figures, const RunLimits& limits,
                            double price_joules) {
  if (limits.in_time_share && figures.unserved == 0 && figures.finished) {
    return figures.energy_joules + price_joules * (1.0 - figures.in_time_share());
  }
  return figures.feasible ? figures.energy_joules : std::numeric_limits<double>::infinity();
}

}  // namespace flyball
