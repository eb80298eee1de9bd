// The best table by queue length, found on the very arrivals that it is judged on: an oracle. What
// looking at the number of requests can gain over the best fixed setting, and so at least what is
// there to be learned. Results do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controllers/queue_table_governor.h"
#include "controllers/run_figures.h"
#include "env/knob.h"

namespace flyball {

struct QueueTableConfig {
  std::vector<Knob> knobs;         // all that may be turned
  std::vector<LevelRange> limits;  // per knob: the levels allowed
  std::vector<std::uint64_t> seeds = {0};
  RunLimits run_limits;
  unsigned threads = 1;
  std::vector<std::uint64_t> least_requests = {0, 1, 2, 3, 5};  // of the rows to begin with
  std::size_t most_tables = 4000;                               // tried: the search ends there
  bool rows_are_given = false;  // they begin where they do: their settings alone are looked for
};

struct BestQueueTable {
  QueueTable table;
  RunFigures figures;            // pooled over the seeds
  std::vector<RunFigures> runs;  // one per seed
};

struct QueueTableSearch {
  std::optional<BestQueueTable> best;  // the cheapest feasible one; absent if there is none
  std::size_t tried = 0;
  bool interrupted = false;  // stopped early: there is no best one
};

// Runs under the table until the work is done. Called from several threads.
using TableRunner = std::function<RunFigures(const QueueTable& table, std::uint64_t seed)>;

// Coordinate descent from `fixed` in every row (one range per knob): one knob of one row after the
// other takes every pin and cap, and every row begins at other lengths, until a round changes
// nothing. At first what is late has a price, which lets rows trade their misses; in the end the
// limit alone counts. Who is behind on the first seed is not run on the others. Not every table is
// tried: a better one may be left. `progress` is given the
// share of the most tables.
QueueTableSearch search_queue_table(const QueueTableConfig& config,
                                    const std::vector<LevelRange>& fixed, const TableRunner& run,
                                    const std::function<bool(double)>& progress = {});

}  // namespace flyball
