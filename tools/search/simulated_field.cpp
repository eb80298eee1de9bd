#include "tools/search/simulated_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "controllers/evaluation/simulated_run.h"
#include "controllers/evaluation/slow_power.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

namespace flyball {

namespace {

constexpr std::uint64_t kSurfaceBatches = 3;  // measured at each setting of a surface

constexpr std::size_t kLeastRuns = 3;
constexpr std::size_t kMostRuns = 10;
constexpr double kWantedError = 0.005;
constexpr double kLeastError = 0.001;

struct Mean {
  double value = 0.0;
  double error = 0.0;  // its standard deviation, relative; 0 of a single value
};

Mean mean_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Mean mean;
  for (const double value : values) mean.value += value / count;
  double squares = 0.0;
  for (const double value : values) squares += std::pow(value - mean.value, 2);
  if (count > 1.0) mean.error = std::sqrt(squares / (count - 1.0) / count) / mean.value;
  return mean;
}

SearchSpace space_of(SimulatedFieldConfig& config) {
  const SimPlant plant(config.make(config.seed));
  const PlantDescription& description = plant.description();
  if (config.knobs.empty()) {
    for (const Knob& knob : description.knobs) config.knobs.push_back(knob.name);
  }
  const GovernorScope scope = scope_over(description, find_knobs(description, config.knobs));
  return {scope.knobs, scope.limits};
}

}  // namespace

SimulatedField::SimulatedField(SimulatedFieldConfig config)
    : config_(std::move(config)),
      board_(config_.make(config_.seed).board.id),
      space_(space_of(config_)) {}

void SimulatedField::run(Search& search, const SearchProblem& problem, std::size_t taken,
                         std::size_t samples,
                         const std::function<void(const SearchSample&)>& told) {
  SearchGovernorConfig governing;
  governing.period_seconds = config_.loop.sample_seconds;
  governing.samples = samples;
  LoopConfig loop_config = config_.loop;
  loop_config.period_seconds = loop_config.sample_seconds;
  for (std::uint64_t round = 0; taken < samples && !interrupted(); ++round) {
    SimPlant plant(config_.make(config_.seed + taken + round));
    SlowPower shown(plant, config_.power_seconds);
    SearchGovernor governor(search, problem, governing, taken, told);
    ControlLoop loop(shown, &governor, find_knobs(plant.description(), config_.knobs), loop_config);
    loop.run([&] { return interrupted() || governor.is_done(); }, kRunTimeoutSeconds);
    if (governor.is_done()) return;
    if (governor.samples().empty() && !interrupted()) {
      throw DataError(fmt::format(
          "{}: the arrivals end before one sample is taken: give them a longer duration_seconds",
          config_.text));
    }
    taken += governor.samples().size();
  }
}

WorkloadSurface SimulatedField::saturated_surface(const std::string& workload, SimConfig config,
                                                  std::size_t batch) const {
  config.arrivals = ClosedLoop{kSurfaceBatches * batch, batch, std::nullopt};
  config.service_noise = 0.0;
  WorkloadSurface surface;
  surface.workload = workload;
  Progress progress("prior " + workload, static_cast<double>(space_.size()));
  for (std::size_t c = 0; c < space_.size(); ++c) {
    const RunFigures figures =
        run_pinned(config, config_.knobs, space_.levels_of(c), kRunTimeoutSeconds);
    surface.seconds.push_back(figures.latency_mean_seconds);
    surface.joules.push_back(figures.energy_per_request);
    progress.update(static_cast<double>(c + 1));
    if (interrupted()) throw Interrupted("interrupted");
  }
  return surface;
}

ScenarioField::ScenarioField(SimulatedFieldConfig config)
    : config_(std::move(config)),
      board_(config_.make(config_.seed).board.id),
      space_(space_of(config_)) {}

SearchSample ScenarioField::measure(std::size_t candidate) const {
  std::vector<double> seconds;
  std::vector<double> joules;
  SearchSample sample;
  sample.candidate = candidate;
  while (seconds.size() < kMostRuns && !interrupted()) {
    const RunFigures figures =
        run_pinned(config_.make(config_.seed + seconds.size()), config_.knobs,
                   space_.levels_of(candidate), kRunTimeoutSeconds);
    if (figures.served == 0) {
      throw DataError(
          fmt::format("{}: no request was served at {}", config_.text, space_.text(candidate)));
    }
    seconds.push_back(figures.latency_mean_seconds);
    joules.push_back(figures.energy_per_request);
    const Mean of_seconds = mean_of(seconds);
    const Mean of_joules = mean_of(joules);
    sample.seconds = of_seconds.value;
    sample.joules = of_joules.value;
    sample.error = std::max({of_seconds.error, of_joules.error, kLeastError});
    if (seconds.size() >= kLeastRuns && sample.error <= kWantedError) break;
  }
  return sample;
}

void ScenarioField::run(Search& search, const SearchProblem&, std::size_t taken,
                        std::size_t samples, const std::function<void(const SearchSample&)>& told) {
  while (taken < samples && !interrupted()) {
    const std::optional<std::size_t> next = search.propose();
    if (!next) return;
    const SearchSample sample = measure(*next);
    if (interrupted()) return;
    search.observe(sample);
    ++taken;
    told(sample);
  }
}

}  // namespace flyball
