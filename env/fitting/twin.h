// A twin of a board and its server, fitted to logs of their serving: the parameters of a work model
// with which the simulation replays the first part of every log best. Free function; the same
// logs, the same bits.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "env/fitting/log_replay.h"
#include "env/model/fitted_model.h"
#include "env/sim/serving_traits.h"

namespace flyball {

struct TwinConfig {
  double held_out_share = 0.3;  // of the time, at the end of every log; nothing is chosen by it
  // Of all logs together, at most: of more, stretches are searched that lie evenly in them.
  double most_fitted_seconds = 1200.0;
  double most_fitted_requests = 20'000;
  // Of a sweep of the same model: what its accelerator costs is then believed.
  std::optional<FittedParameters> measured;
  int iterations = 12;  // of the optimiser, twice from each of the two best of six starts
};

// Rows of replayable_rows(); what it refers to outlives the search.
struct TwinLog {
  const TelemetryLogHeader& header;
  std::span<const TelemetryRow> rows;
};

// Asked between replays, with the share of the work that is done; false ends it.
using TwinProgress = std::function<bool(double share)>;

// A whole log and its replay by the twin.
struct TwinReplay {
  std::size_t fitted_rows = 0;  // the rest was held out
  std::vector<LogSample> logged;
  std::vector<LogSample> replayed;
  std::vector<Occupation> first_uses;  // taken from the log

  ReplayComparison fitted() const;
  ReplayComparison held_out() const;
};

struct Twin {
  FittedParameters parameters;  // rails included
  ServingTraits serving;
  double searched_seconds = 0.0;  // of the fitted parts
  std::vector<TwinReplay> logs;   // in their order
};

// Throws DataError where a log is too short to hold a part of it out, or all serve too little;
// Interrupted when told to stop.
Twin fit_twin(std::span<const TwinLog> logs, const BoardConfig& board,
              const ResidentFactory& residents, const TwinConfig& config,
              const TwinProgress& progress);

}  // namespace flyball
