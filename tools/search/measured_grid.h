// Full sweeps of a real board as something to search on: every setting of the clocks measured, one
// or several jobs per file. Values and free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controllers/search/search.h"
#include "env/fitting/measurements.h"

namespace flyball {

struct MeasuredJob {
  std::string device;    // as the file says it
  std::string workload;  // likewise
  std::string board;     // id of the board's description
  Measurements set;
};

// Every job of a CSV file with the columns device, workload, cpu_khz, gpu_hz, emc_hz,
// time_per_minibatch_s, energy_per_minibatch_j. `board`: whose tables the clocks are; empty: the
// first description whose id begins as the device does. Throws DataError, also where a column is
// missing or no board is described; ConfigError for `board`.
std::vector<MeasuredJob> read_measured_jobs(const std::filesystem::path& file,
                                            const std::string& board = {});

struct MeasuredGrid {
  std::string board;
  SearchSpace space;
  std::vector<WorkloadSurface> surfaces;  // per job of the device; seconds and joules per batch
};

// The jobs on the device that ran `workload`. Throws DataError where there is no such job, several
// devices ran it, a job has not every combination of the levels, or the jobs' levels differ.
MeasuredGrid measured_grid(const std::vector<MeasuredJob>& jobs, const std::string& workload);

// Throws DataError that lists the workloads there are.
const WorkloadSurface& find_surface(const MeasuredGrid& grid, const std::string& workload);

// The surfaces of other workloads: the named ones, or, where none is, all but `workload`'s. Throws
// DataError for an unknown one, UsageError for `workload` itself.
std::vector<WorkloadSurface> other_surfaces(const MeasuredGrid& grid, const std::string& workload,
                                            const std::vector<std::string>& named = {});

// A sample of the table as a board would give it: batches with `noise` (relative standard deviation
// of time and energy each, normal), averaged until the mean's is `error`. `number`: of the sample;
// the same seed and number, the same noise.
struct GridNoise {
  double noise = 0.015;
  double error = 0.005;
  std::uint64_t seed = 0;
};
SearchSample measure(const WorkloadSurface& surface, std::size_t candidate, const GridNoise& noise,
                     std::size_t number);

}  // namespace flyball
