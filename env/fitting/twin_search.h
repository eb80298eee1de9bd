// The search for a twin: replays of stretches of logs under parameters that are moved until the
// replays are what the logs say. Free function; the same stretches, the same bits.
#pragma once

#include <span>
#include <vector>

#include "env/fitting/twin.h"

namespace flyball {

struct TwinStretch {
  const TelemetryLogHeader& header;
  std::span<const TelemetryRow> rows;
  SimConfig plant;  // but for the work
};

struct TwinFound {
  FittedParameters parameters;
  ServingTraits serving;
};

// Throws DataError where the stretches serve too little, Interrupted when told to stop.
TwinFound search_twin(std::vector<TwinStretch> stretches, const BoardConfig& board,
                      const TwinConfig& config, const TwinProgress& progress);

}  // namespace flyball
