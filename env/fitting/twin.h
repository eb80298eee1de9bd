// A twin of a board and its server, fitted to a log of their serving: the parameters of a work
// model with which the simulation replays the first part of the log best. Free function; the same
// log, the same bits.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "env/fitting/log_replay.h"
#include "env/model/fitted_model.h"
#include "env/sim/serving_traits.h"

namespace flyball {

struct TwinConfig {
  double held_out_share = 0.3;  // of the time, at the end; nothing is chosen by it
  // Of a sweep of the same model: what its accelerator costs is then believed.
  std::optional<FittedParameters> measured;
  int iterations = 12;  // of the optimiser, twice from each of four starts
};

// Asked between replays, with the share of the work that is done; false ends it.
using TwinProgress = std::function<bool(double share)>;

struct Twin {
  FittedParameters parameters;  // rails included
  ServingTraits serving;
  std::size_t fitted_rows = 0;  // the rest was held out
  std::vector<LogSample> logged;
  std::vector<LogSample> replayed;  // of the whole log, by the twin

  ReplayComparison fitted() const;
  ReplayComparison held_out() const;
};

// `plant`: of logged_plant(), with residents. Throws DataError where the log is too short to hold a
// part of it out, Interrupted when told to stop.
Twin fit_twin(const TelemetryLogHeader& header, std::span<const TelemetryRow> rows,
              const SimConfig& plant, const BoardConfig& board, const TwinConfig& config,
              const TwinProgress& progress);

}  // namespace flyball
