#include "tools/search/measured_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "controllers/search/normal.h"
#include "env/errors.h"
#include "env/excerpt.h"
#include "env/fitting/csv_table.h"
#include "env/nearest_name.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/exit_codes.h"

namespace flyball {

namespace {

constexpr std::size_t kColumnsBytes = 200;  // of a foreign file's, in a message
constexpr double kMostBatches = 10'000.0;   // in one sample

// "Jetson_AGX_Xavier": the first board whose id begins with "agx-xavier".
std::string board_of(const std::string& device) {
  std::string stem;
  for (const char c : device) {
    stem += c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(c));
  }
  const std::string prefix = "jetson-";
  if (stem.starts_with(prefix)) stem.erase(0, prefix.size());
  for (const std::string& id : list_configs("boards")) {
    if (id.starts_with(stem)) return id;
  }
  throw DataError(fmt::format("no board is described for the device {}", device));
}

std::size_t column_of(const CsvTable& table, const std::string& column) {
  const std::optional<std::size_t> index = table.find(column);
  if (index) return *index;
  throw DataError(
      fmt::format("{}: no column {}: such a file holds the columns device, workload, cpu_khz, "
                  "gpu_hz, emc_hz, time_per_minibatch_s and energy_per_minibatch_j (found: {})",
                  table.file.string(), column, excerpt(join_names(table.columns), kColumnsBytes)));
}

std::vector<Knob> knobs_of(const Measurements& set) {
  std::vector<Knob> knobs;
  for (const FitKnob which : set.varied) {
    knobs.push_back({to_string(which), levels_of(set, which), {}});
    if (which != FitKnob::kBatch) knobs.back().domains = {knobs.size() - 1};
  }
  return knobs;
}

SearchSpace whole_space(std::vector<Knob> knobs) {
  std::vector<LevelRange> limits;
  for (const Knob& knob : knobs) {
    limits.push_back({0, static_cast<Level>(knob.levels.size() - 1)});
  }
  return {std::move(knobs), std::move(limits)};
}

WorkloadSurface surface_of(const MeasuredJob& job, const SearchSpace& space) {
  WorkloadSurface surface{job.workload, std::vector<double>(space.size(), 0.0),
                          std::vector<double>(space.size(), 0.0)};
  std::vector<Level> levels(space.knob_count());
  for (const Measurement& row : job.set.rows) {
    for (std::size_t k = 0; k < levels.size(); ++k) {
      const std::vector<double>& all = space.knobs()[k].levels;
      const double value = Measurements::value(row, job.set.varied[k]);
      levels[k] = static_cast<Level>(std::ranges::lower_bound(all, value) - all.begin());
    }
    const std::size_t candidate = *space.candidate_of(levels);
    surface.seconds[candidate] = row.seconds;
    surface.joules[candidate] = row.joules() / row.batch();
  }
  if (std::ranges::all_of(surface.seconds, [](double s) { return s > 0.0; })) return surface;
  throw DataError(fmt::format("{}: {}: not every combination of its levels was measured",
                              job.set.file.string(), job.workload));
}

const MeasuredJob& find_job(const std::vector<MeasuredJob>& jobs, const std::string& workload) {
  const MeasuredJob* found = nullptr;
  std::set<std::string> names;
  for (const MeasuredJob& job : jobs) {
    names.insert(job.workload);
    if (job.workload != workload) continue;
    if (found != nullptr) {
      throw DataError(fmt::format("{} ran on {} and on {}: leave the rows of one device", workload,
                                  found->device, job.device));
    }
    found = &job;
  }
  if (found != nullptr) return *found;
  throw DataError(fmt::format("no workload {} was measured: there are {}", workload,
                              join_names(std::vector<std::string>(names.begin(), names.end()))));
}

}  // namespace

std::vector<MeasuredJob> read_measured_jobs(const std::filesystem::path& file,
                                            const std::string& board) {
  const CsvTable table = read_csv_table(file);
  const std::size_t device_column = column_of(table, "device");
  const std::size_t workload_column = column_of(table, "workload");
  std::set<std::pair<std::string, std::string>> names;
  for (const TextRow& row : table.rows) {
    names.emplace(row.cells[device_column], row.cells[workload_column]);
  }
  std::vector<MeasuredJob> jobs;
  for (const auto& [device, workload] : names) {
    const BoardConfig described = load_board(board.empty() ? board_of(device) : board);
    MeasurementSource source;
    source.file = file;
    source.filters = {{"device", "=", device}, {"workload", "=", workload}};
    jobs.push_back(
        {device, workload, described.board.id, read_measurements(source, described.board)});
  }
  return jobs;
}

MeasuredGrid measured_grid(const std::vector<MeasuredJob>& jobs, const std::string& workload) {
  const MeasuredJob& chosen = find_job(jobs, workload);
  MeasuredGrid grid{chosen.board, whole_space(knobs_of(chosen.set)), {}};
  for (const MeasuredJob& job : jobs) {
    if (job.device != chosen.device) continue;
    const std::vector<Knob> knobs = knobs_of(job.set);
    const bool fits = std::ranges::equal(
        knobs, grid.space.knobs(),
        [](const Knob& a, const Knob& b) { return a.name == b.name && a.levels == b.levels; });
    if (!fits) {
      throw DataError(fmt::format("{}: {} was measured at other levels than {}",
                                  job.set.file.string(), job.workload, workload));
    }
    grid.surfaces.push_back(surface_of(job, grid.space));
  }
  return grid;
}

const WorkloadSurface& find_surface(const MeasuredGrid& grid, const std::string& workload) {
  const auto found = std::ranges::find(grid.surfaces, workload, &WorkloadSurface::workload);
  if (found != grid.surfaces.end()) return *found;
  std::vector<std::string> names;
  for (const WorkloadSurface& surface : grid.surfaces) names.push_back(surface.workload);
  throw DataError(
      fmt::format("no workload {} was measured: there are {}", workload, join_names(names)));
}

std::vector<WorkloadSurface> other_surfaces(const MeasuredGrid& grid, const std::string& workload,
                                            const std::vector<std::string>& named) {
  std::vector<WorkloadSurface> others;
  for (const std::string& name : named) {
    if (name == workload) {
      throw UsageError(fmt::format("--prior {}: is what is searched itself", name));
    }
    others.push_back(find_surface(grid, name));
  }
  if (!named.empty()) return others;
  for (const WorkloadSurface& surface : grid.surfaces) {
    if (surface.workload != workload) others.push_back(surface);
  }
  return others;
}

SearchSample measure(const WorkloadSurface& surface, std::size_t candidate, const GridNoise& noise,
                     std::size_t number) {
  std::mt19937_64 random(noise.seed * 1'000'003 + number);
  const double wanted = std::pow(noise.noise / noise.error, 2);
  const double batches = std::clamp(std::ceil(wanted - 1e-9), 1.0, kMostBatches);
  double seconds = 0.0;
  double joules = 0.0;
  for (double batch = 0.0; batch < batches; batch += 1.0) {
    seconds += std::max(0.01, 1.0 + noise.noise * draw_normal(random)) / batches;
    joules += std::max(0.01, 1.0 + noise.noise * draw_normal(random)) / batches;
  }
  return {candidate, surface.seconds[candidate] * seconds, surface.joules[candidate] * joules,
          std::max(noise.noise / std::sqrt(batches), 1e-4)};
}

}  // namespace flyball
