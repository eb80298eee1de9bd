// Table `hybrid`: a certified search on a workload that nobody has measured, begun with what a
// policy of another workload predicts, or one of another board, or all of the board's. Beside it
// the same search begun with the board's physics, and with nothing. On RPE's cells, CPU and GPU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/search/search.h"
#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/search/measured_grid.h"

namespace flyball {

struct HybridOptions {
  Effort effort = Effort::kAll;        // quick: two workloads
  std::optional<std::uint64_t> seeds;  // drawn from the date; absent: 1 to 20
  std::string date;
  unsigned threads = 2;
};

void reproduce_hybrid(const HybridOptions& options, ReproductionTable& table);

// What one search came to.
struct HybridTrial {
  double samples = 0.0;    // until near the best; one more than it was given where it never is
  double gap = 0.0;        // energy above the best's after ten samples, relative
  double worst_try = 0.0;  // latency of the slowest setting tried over the limit, minus 1
  bool is_over = false;    // the final choice is over the limit
};

// A certified search of at most `samples`. Near is within 3 % of the best setting that has 3 % of
// slack. Requires: `problem` has a limit, and a setting has that slack.
HybridTrial try_hybrid(const SearchProblem& problem, const WorkloadSurface& surface,
                       std::size_t samples, const GridNoise& noise);

// The setting that a surface takes for the best within the same slowdown of its own start.
std::size_t believed_best(const SearchSpace& space, const WorkloadSurface& belief, double slowdown);

}  // namespace flyball
