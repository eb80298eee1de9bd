#include "controllers/evaluation/simulated_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "controllers/control_loop.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/slow_power.h"
#include "controllers/random_governor.h"
#include "env/draw.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

const std::string kSimulated = "simulated ";

// The scenario's plant, with work for as long as the log is to be.
SimConfig sim_config(const Scenario& scenario, std::optional<double> duration_seconds,
                     std::uint64_t seed) {
  return make_sim_config(duration_seconds ? lasting(scenario, *duration_seconds) : scenario, seed);
}

std::vector<std::size_t> find_control_knobs(const Scenario& scenario,
                                            const PlantDescription& plant) {
  std::vector<std::size_t> knobs;
  for (const std::string& name : scenario.control.knobs) {
    knobs.push_back(find_knob(plant.knobs, name));
  }
  return knobs;
}

template <typename T>
void shift(Stamped<T>& group, double seconds) {
  if (group) group.refill(group.time_seconds() + seconds);
}

void shift(Telemetry& telemetry, double seconds) {
  telemetry.time_seconds += seconds;
  shift(telemetry.domains, seconds);
  shift(telemetry.cpus, seconds);
  shift(telemetry.rail_watts, seconds);
  shift(telemetry.total_watts, seconds);
  shift(telemetry.temperatures_celsius, seconds);
  shift(telemetry.application, seconds);
}

// Puts a segment's rows behind those before it, with the mode they ran in. The work goes on after a
// segment's last request.
class SegmentSink final : public TelemetrySink {
 public:
  SegmentSink(TelemetrySink& sink, double begin_seconds, std::optional<std::uint16_t> mode)
      : sink_(sink), begin_seconds_(begin_seconds), mode_(mode) {}
  void write(const TelemetryRow& row) override {
    TelemetryRow moved = row;
    moved.mode = mode_;
    moved.truncated = row.truncated || row.terminated;
    moved.terminated = false;
    shift(moved.telemetry, begin_seconds_);
    if (moved.at_effect) shift(*moved.at_effect, begin_seconds_);
    sink_.write(moved);
  }

 private:
  TelemetrySink& sink_;
  double begin_seconds_;
  std::optional<std::uint16_t> mode_;
};

}  // namespace

Scenario lasting(Scenario scenario, double seconds) {
  if (auto& tuning = scenario.application.fine_tuning) {
    const double times = seconds / scenario.arrivals.duration_seconds.value_or(seconds);
    tuning->minibatches =
        static_cast<std::uint64_t>(std::ceil(static_cast<double>(tuning->minibatches) * times));
  }
  scenario.arrivals.duration_seconds = seconds;
  if (auto* loop = std::get_if<ClosedLoop>(&scenario.arrivals.source)) {
    scenario.arrivals.duration_seconds.reset();
    loop->requests = std::numeric_limits<std::uint64_t>::max() / 4;
  }
  return scenario;
}

bool is_simulated(const TelemetryLogHeader& header) {
  return header.scenario.starts_with(kSimulated);
}

std::string simulated_text(const std::string& scenario) { return kSimulated + scenario; }

std::optional<std::string> simulated_scenario(const TelemetryLogHeader& header) {
  if (!is_simulated(header)) return std::nullopt;
  return header.scenario.substr(kSimulated.size());
}

SimulatedLog::SimulatedLog(const Scenario& scenario, const SimulatedLogConfig& config)
    : config_(config), scenario_(scenario) {
  validate(config_);
  if (config_.deadline_factors && !scenario.arrivals.deadline_seconds) {
    throw std::invalid_argument(
        fmt::format("deadline_factors: scenario {} has no arrivals.deadline_seconds", scenario.id));
  }
  fill_header();
}

void SimulatedLog::fill_header() {
  header_.plant = SimPlant(make_sim_config(scenario_, config_.seed)).description();
  for (const int id : config_.modes) {
    Scenario scenario = scenario_;
    scenario.mode = find_mode(scenario.board.board, id);
    const SimPlant plant(make_sim_config(scenario, config_.seed));
    header_.modes.push_back({static_cast<std::uint16_t>(id), plant.description().limits});
  }
  if (config_.explore > 0.0) header_.leased_knobs = scenario_.control.knobs;
  header_.scenario = simulated_text(scenario_.id);
  header_.version = FLYBALL_VERSION;
  header_.governor = config_.explore > 0.0 ? fmt::format("stock, {} random", config_.explore)
                                           : std::string("stock");
  header_.sensor_lag_seconds = scenario_.board.sensor.time_constant_seconds;
}

// The scenario in one of the modes, with one of the deadlines.
Scenario SimulatedLog::draw_scenario(std::mt19937_64& random) const {
  Scenario drawn = scenario_;
  if (!config_.modes.empty()) {
    const std::size_t index = draw_index(random, config_.modes.size());
    drawn.mode = find_mode(drawn.board.board, config_.modes[index]);
  }
  if (config_.deadline_factors) {
    const auto [low, high] = *config_.deadline_factors;
    *drawn.arrivals.deadline_seconds *= low * std::pow(high / low, draw_unit(random));
  }
  return drawn;
}

SimulatedLogRun SimulatedLog::run(TelemetrySink& sink,
                                  const std::function<bool(double)>& keep_going) const {
  if (!is_varied()) {
    return run_segment({scenario_, config_.duration_seconds, config_.seed}, sink, keep_going);
  }
  std::mt19937_64 random(config_.seed + 3);
  SimulatedLogRun done;
  bool goes_on = true;
  for (std::uint64_t i = 0; goes_on && done.seconds < *config_.duration_seconds; ++i) {
    const double seconds =
        std::min(config_.segment_seconds, *config_.duration_seconds - done.seconds);
    const Segment segment{draw_scenario(random), seconds, config_.seed + 10 * i};
    std::optional<std::uint16_t> mode;
    if (!config_.modes.empty()) mode = static_cast<std::uint16_t>(segment.scenario.mode.id);
    SegmentSink moved(sink, done.seconds, mode);
    const SimulatedLogRun part = run_segment(segment, moved, [&](double now_seconds) {
      goes_on = keep_going(done.seconds + now_seconds);
      return goes_on;
    });
    done.seconds += seconds;
    done.settings = std::max(done.settings, part.settings);
  }
  return done;
}

void SimulatedLog::watch(EngineWatcher* watcher) {
  if (is_varied()) {
    throw std::invalid_argument(
        "a log of several modes or deadlines is made of runs that each begin anew: nobody can look "
        "on at it as one");
  }
  watcher_ = watcher;
}

SimulatedLogRun SimulatedLog::run_segment(const Segment& segment, TelemetrySink& sink,
                                          const std::function<bool(double)>& keep_going) const {
  const Scenario& scenario = segment.scenario;
  SimConfig config = sim_config(scenario, segment.duration_seconds, segment.seed);
  config.watcher = watcher_;
  SimPlant plant(std::move(config));
  RandomGovernorConfig random;
  random.period_seconds = scenario.control.period_seconds;
  random.share = config_.explore;
  random.hold_periods = config_.hold_periods;
  random.caps = scenario.control.caps;
  random.latency_factor = config_.latency_factor.value_or(kLatencyFactor);
  random.within_deadline = !config_.latency_factor;
  random.seed = segment.seed + 2;
  const auto length =
      segment.duration_seconds ? segment.duration_seconds : scenario.arrivals.duration_seconds;
  if (length) {
    random.from_seconds = config_.stock_share * *length;
    random.until_seconds = *length - random.from_seconds;
  }
  RandomGovernor governor(random);
  LoopConfig loop_config;
  loop_config.period_seconds = scenario.control.period_seconds;
  loop_config.sample_seconds = scenario.control.sample_seconds;
  loop_config.simulated_think_seconds = scenario.control.think_seconds;
  loop_config.seed = segment.seed + 3;
  if (plant.engine().draws_actuation()) {
    loop_config.simulated_effect_time = [&plant] { return plant.effect_time_seconds(); };
  }
  loop_config.snapshot_at_effect = config_.with_effect_snapshot;
  const bool explores = config_.explore > 0.0;
  std::vector<std::size_t> knobs;
  if (explores) knobs = find_control_knobs(scenario, plant.description());
  SlowPower shown(plant, config_.power_seconds);
  ControlLoop loop(shown, explores ? &governor : nullptr, knobs, loop_config, &sink);
  const auto stop = [&] { return !keep_going(plant.timeline().now_seconds()); };
  const double until = segment.duration_seconds.value_or(std::numeric_limits<double>::infinity());
  const double seconds = loop.run(stop, until).seconds;
  return {seconds, explores ? governor.settings() : 0};
}

}  // namespace flyball
