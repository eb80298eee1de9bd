// A workload of RPE or PolyThrottle over every setting of its board, as a search would find it: the
// simulated board's answers without noise. Values and free functions.
#pragma once

#include <cstdint>
#include <vector>

#include "controllers/search/search.h"
#include "env/sim/scenario.h"

namespace flyball {

struct CellSurface {
  SearchSpace space;
  WorkloadSurface surface;  // latency of a batch, energy of a request
};

// Over the scenario's knobs and, where there is more than one, these batch sizes. Requires: the
// scenario is a closed loop of batches. Throws Interrupted.
CellSurface cell_surface(const Scenario& scenario, const std::vector<std::size_t>& batches,
                         unsigned threads);

}  // namespace flyball
