#include "tools/simulation/simulated_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "controllers/random_governor.h"
#include "policies/action_space.h"

namespace flyball {

namespace {

const std::string kSimulated = "simulated ";

// The scenario's plant, with work for as long as the log is to be.
SimConfig sim_config(const Scenario& scenario, const SimulatedLogConfig& config) {
  Scenario longer = scenario;
  if (config.duration_seconds) {
    longer.arrivals.duration_seconds = config.duration_seconds;
    if (auto* loop = std::get_if<ClosedLoop>(&longer.arrivals.source)) {
      longer.arrivals.duration_seconds.reset();
      loop->requests = std::numeric_limits<std::uint64_t>::max() / 4;
    }
  }
  return make_sim_config(longer, config.seed);
}

// How long a batch takes at one level per knob, everything else at its fastest.
double batch_seconds(const Scenario& scenario, const WorkModel& model,
                     const PlantDescription& plant, std::span<const std::size_t> knobs,
                     std::span<const Level> levels) {
  OperatingPoint point;
  std::size_t batch = 1;
  if (const auto* loop = std::get_if<ClosedLoop>(&scenario.arrivals.source)) batch = loop->batch;
  const auto set = [&](const Knob& knob, Level level) {
    const double value = knob.levels[level];
    if (knob.is_application()) {
      batch = static_cast<std::size_t>(value);
      return;
    }
    switch (plant.domains[knob.domains.front()].kind) {
      case DomainKind::kCpu: point.cpu_hz = value; break;
      case DomainKind::kGpu: point.gpu_hz = value; break;
      case DomainKind::kEmc: point.emc_hz = value; break;
    }
  };
  for (std::size_t k = 0; k < plant.knobs.size(); ++k) {
    if (!plant.knobs[k].is_application()) set(plant.knobs[k], plant.limits[k].ceiling);
  }
  for (std::size_t k = 0; k < knobs.size(); ++k) set(plant.knobs[knobs[k]], levels[k]);
  const BatchWork work = model.batch_work(std::max<std::size_t>(batch, 1), point);
  return work.host_seconds + work.accelerator_seconds;
}

// What the scenario serves: one workload, or those of its mix.
std::vector<const WorkModel*> models_of(const Scenario& scenario) {
  std::vector<const WorkModel*> models;
  for (const WorkPhase& phase : scenario.application.mix.phases) models.push_back(phase.work.get());
  if (models.empty()) models.push_back(scenario.workload.work.get());
  return models;
}

}  // namespace

void validate(const SimulatedLogConfig& config) {
  const auto require = [](bool holds, const char* key, double value, const char* range) {
    if (!holds) throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  };
  require(!config.duration_seconds || *config.duration_seconds > 0.0, "duration_seconds",
          config.duration_seconds.value_or(0.0), "> 0");
  require(config.explore >= 0.0 && config.explore <= 1.0, "explore", config.explore, "in [0, 1]");
  require(config.hold_periods > 0, "hold_periods", config.hold_periods, "> 0");
  require(config.latency_factor >= 1.0, "latency_factor", config.latency_factor, ">= 1");
}

bool is_simulated(const TelemetryLogHeader& header) {
  return header.scenario.starts_with(kSimulated);
}

SimulatedLog::SimulatedLog(const Scenario& scenario, const SimulatedLogConfig& config)
    : config_(config), control_(scenario.control), plant_(sim_config(scenario, config)) {
  validate(config_);
  for (const std::string& name : control_.knobs) {
    knobs_.push_back(find_knob(plant_.description().knobs, name));
  }
  allowed_ = explorable(scenario);
  fill_header(scenario);
}

std::size_t SimulatedLog::explored_actions() const {
  return static_cast<std::size_t>(std::count(allowed_.begin(), allowed_.end(), 1));
}

std::vector<std::uint8_t> SimulatedLog::explorable(const Scenario& scenario) const {
  const PlantDescription& plant = plant_.description();
  std::vector<std::size_t> counts;
  std::vector<LevelRange> limits;
  for (const std::size_t k : knobs_) {
    counts.push_back(plant.knobs[k].levels.size());
    limits.push_back(plant.limits[k]);
  }
  const ActionSpace actions(counts);
  std::vector<std::uint8_t> allowed = actions.mask(limits);
  std::vector<Level> levels(knobs_.size());
  std::vector<Level> fastest(knobs_.size());
  for (std::size_t action = 0; action < actions.size(); ++action) {
    actions.levels_of(action, levels);
    for (std::size_t k = 0; k < knobs_.size(); ++k) {
      fastest[k] = plant.knobs[knobs_[k]].is_application() ? levels[k] : limits[k].ceiling;
    }
    for (const WorkModel* model : models_of(scenario)) {
      const double slower = batch_seconds(scenario, *model, plant, knobs_, levels) /
                            batch_seconds(scenario, *model, plant, knobs_, fastest);
      if (slower > config_.latency_factor) allowed[action] = 0;
    }
  }
  return allowed;
}

void SimulatedLog::fill_header(const Scenario& scenario) {
  header_.plant = plant_.description();
  if (config_.explore > 0.0) header_.leased_knobs = control_.knobs;
  header_.scenario = kSimulated + scenario.id;
  header_.version = FLYBALL_VERSION;
  header_.governor = config_.explore > 0.0 ? fmt::format("stock, {} random", config_.explore)
                                           : std::string("stock");
  header_.sensor_lag_seconds = scenario.board.sensor.time_constant_seconds;
}

LoopReport SimulatedLog::run(TelemetrySink& sink, const std::function<bool(double)>& keep_going) {
  RandomGovernorConfig random;
  random.period_seconds = control_.period_seconds;
  random.share = config_.explore;
  random.hold_periods = config_.hold_periods;
  random.allowed = allowed_;
  random.seed = config_.seed + 2;
  RandomGovernor governor(random);
  LoopConfig loop_config;
  loop_config.period_seconds = control_.period_seconds;
  loop_config.sample_seconds = control_.sample_seconds;
  loop_config.simulated_think_seconds = control_.think_seconds;
  loop_config.snapshot_at_effect = config_.with_effect_snapshot;
  const bool explores = config_.explore > 0.0;
  ControlLoop loop(plant_, explores ? &governor : nullptr,
                   explores ? std::span<const std::size_t>(knobs_) : std::span<const std::size_t>(),
                   loop_config, &sink);
  const auto stop = [&] { return !keep_going(plant_.timeline().now_seconds()); };
  return loop.run(stop, config_.duration_seconds.value_or(std::numeric_limits<double>::infinity()));
}

}  // namespace flyball
