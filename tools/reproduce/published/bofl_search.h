// Table `search`: every search of controllers/search on BoFL's measured sweeps, as a board would
// answer it: with the noise of a batch, averaged until a sample is known to 0.5 %.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "controllers/search/searches.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/search/measured_grid.h"

namespace flyball {

struct SearchTableOptions {
  std::filesystem::path data;
  std::optional<std::uint64_t> seeds;  // drawn from the date; absent: 1 to 20
  std::string date;
  unsigned threads = 2;
};

void reproduce_search(const SearchTableOptions& options, ReproductionTable& table);

// One search on one job.
struct SearchTrialConfig {
  std::string search;
  SearchMode mode = SearchMode::kProbing;
  std::size_t samples = 10;
  GridNoise noise;
};

struct SearchTrial {
  double gap = 0.0;        // true energy of the final choice above the optimum's, relative
  double excess = 0.0;     // true time of the final choice over the limit, minus 1
  double worst_try = 0.0;  // the same of the slowest setting tried
  std::size_t over = 0;    // settings tried that are over the limit
};

// `problem` has a limit. The seed decides the search's draws, too.
SearchTrial try_search(const SearchProblem& problem, const WorkloadSurface& surface,
                       const SearchTrialConfig& config);

// The least true energy within `share` of the limit, where there is one.
double least_joules(const SearchProblem& problem, const WorkloadSurface& surface, double share);

}  // namespace flyball
