#include "env/sim/sim_config.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace flyball {

namespace {

void require(bool holds, const std::string& key, double value, const char* range) {
  if (!holds || !std::isfinite(value)) {
    throw std::invalid_argument(fmt::format("{} = {}: must be {}", key, value, range));
  }
}

void require_at_least_zero(double value, const std::string& key) {
  require(value >= 0.0, key, value, ">= 0");
}

void validate(const ClosedLoop& loop) {
  if (loop.batch == 0) throw std::invalid_argument("arrivals.batch = 0: must be >= 1");
  if (loop.limit_seconds) {
    require(*loop.limit_seconds > 0.0, "arrivals.limit_seconds", *loop.limit_seconds, "> 0");
  }
}

void validate(const std::vector<Arrival>& arrivals) {
  double before = 0.0;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const Arrival& arrival = arrivals[i];
    require(arrival.time_seconds >= before, fmt::format("arrivals[{}].time_seconds", i),
            arrival.time_seconds, "ascending from 0");
    before = arrival.time_seconds;
    if (arrival.requests == 0) {
      throw std::invalid_argument(fmt::format("arrivals[{}].requests = 0: must be >= 1", i));
    }
    if (arrival.limit_seconds) {
      require(*arrival.limit_seconds > 0.0, fmt::format("arrivals[{}].limit_seconds", i),
              *arrival.limit_seconds, "> 0");
    }
  }
}

void validate(const SensorConfig& sensor) {
  require_at_least_zero(sensor.time_constant_seconds, "sensor.time_constant_seconds");
  require(sensor.supply_volts > 0.0, "sensor.supply_volts", sensor.supply_volts, "> 0");
  require_at_least_zero(sensor.volt_step, "sensor.volt_step");
  require_at_least_zero(sensor.ampere_step, "sensor.ampere_step");
  require_at_least_zero(sensor.noise_watts, "sensor.noise_watts");
}

void require_ambient(double celsius, const std::string& key) {
  require(celsius >= -40.0 && celsius <= 85.0, key, celsius, "in [-40, 85]");
}

void validate(const FanConfig& fan) {
  const std::string name = "thermal.fan";
  for (std::size_t i = 0; i < fan.steps.size(); ++i) {
    const FanStep& step = fan.steps[i];
    const std::string key = fmt::format("{}.steps[{}]", name, i);
    require(i == 0 || step.celsius > fan.steps[i - 1].celsius, key + ".celsius", step.celsius,
            "above the entry before it");
    require(step.pwm >= (i == 0 ? 0.0 : fan.steps[i - 1].pwm) && step.pwm <= 255.0, key + ".pwm",
            step.pwm, "in [0, 255] and not below the entry before it");
    require_at_least_zero(step.hysteresis_kelvin, key + ".hysteresis_kelvin");
  }
  require(fan.poll_seconds > 0.0, name + ".poll_seconds", fan.poll_seconds, "> 0");
  require_at_least_zero(fan.full_watts, name + ".full_watts");
  require(fan.full_conductance >= 1.0, name + ".full_conductance", fan.full_conductance, ">= 1");
}

void validate(const ThermalConfig& thermal) {
  require_ambient(thermal.ambient_celsius, "thermal.ambient_celsius");
  require_at_least_zero(thermal.kelvin_per_watt, "thermal.kelvin_per_watt");
  require(thermal.time_constant_seconds > 0.0, "thermal.time_constant_seconds",
          thermal.time_constant_seconds, "> 0");
  require(thermal.poll_seconds > 0.0, "thermal.poll_seconds", thermal.poll_seconds, "> 0");
  require_at_least_zero(thermal.hysteresis_kelvin, "thermal.hysteresis_kelvin");
  require_at_least_zero(thermal.junction_kelvin_per_watt, "thermal.junction_kelvin_per_watt");
  require(thermal.junction_time_constant_seconds > 0.0, "thermal.junction_time_constant_seconds",
          thermal.junction_time_constant_seconds, "> 0");
  if (thermal.junction_kelvin_per_watt > 0.0) {
    require(thermal.kelvin_per_watt > 0.0, "thermal.kelvin_per_watt", thermal.kelvin_per_watt,
            "> 0 with a junction");
  }
  double before = 0.0;
  for (std::size_t i = 0; i < thermal.ambient_steps.size(); ++i) {
    const AmbientStep& step = thermal.ambient_steps[i];
    const std::string key = fmt::format("thermal.ambient_steps[{}]", i);
    require(step.time_seconds >= before, key + ".time_seconds", step.time_seconds,
            "ascending from 0");
    before = step.time_seconds;
    require_ambient(step.celsius, key + ".celsius");
  }
  validate(thermal.fan);
}

void validate(const PowerBudgetConfig& budget, const PowerMode& mode) {
  require(budget.time_constant_seconds > 0.0, "power_budget.time_constant_seconds",
          budget.time_constant_seconds, "> 0");
  require(budget.step_seconds > 0.0, "power_budget.step_seconds", budget.step_seconds, "> 0");
  require_at_least_zero(budget.hysteresis_watts, "power_budget.hysteresis_watts");
  if (!mode.budget_watts) return;
  require(*mode.budget_watts > budget.hysteresis_watts, "mode.budget_watts", *mode.budget_watts,
          "> power_budget.hysteresis_watts");
}

void validate_board(const SimConfig& config) {
  const Board& board = config.board;
  validate(board);
  if (board.domains.size() > kMaxDomains || board.rails.size() > kMaxRails) {
    throw std::invalid_argument(
        fmt::format("{}: at most {} domains and {} rails", board.id, kMaxDomains, kMaxRails));
  }
  if (config.mode.cpus_online < 1 || config.mode.cpus_online > board.cpus) {
    throw std::invalid_argument(fmt::format("mode.cpus_online = {}: must be in [1, {}]",
                                            config.mode.cpus_online, board.cpus));
  }
  for (const Domain& domain : board.domains) {
    for (const int cpu : domain.cpus) {
      if (cpu < 0 || cpu >= board.cpus) {
        throw std::invalid_argument(
            fmt::format("{}.cpus: {} has no CPU {}", domain.name, board.id, cpu));
      }
    }
  }
}

}  // namespace

void validate(const SimConfig& config) {
  validate_board(config);
  if (!config.work) throw std::invalid_argument("work: a work model is required");
  std::visit([](const auto& arrivals) { validate(arrivals); }, config.arrivals);
  validate(config.sensor);
  validate(config.thermal);
  validate(config.power_budget, config.mode);
  if (config.default_batch) {
    require(*config.default_batch >= 1.0, "default_batch", *config.default_batch, ">= 1");
  }
  if (!config.batch_levels.empty()) {
    require(config.batch_levels.front() >= 1.0, "batch_levels[0]", config.batch_levels.front(),
            ">= 1");
  }
  for (const auto* delays : {&config.actuation.cpu, &config.actuation.gpu, &config.actuation.emc}) {
    if (!*delays) continue;
    for (const double seconds : (*delays)->seconds) require_at_least_zero(seconds, "actuation");
  }
  if (config.railgate_seconds) require_at_least_zero(*config.railgate_seconds, "railgate_seconds");
  require_at_least_zero(config.resident_phase_seconds, "resident_phase_seconds");
  require_at_least_zero(config.service_noise, "service_noise");
  if (config.load) validate(*config.load);
  if (config.first_use) validate(*config.first_use);
  validate(config.mix);
  if (config.fine_tuning) validate(*config.fine_tuning);
  for (std::size_t i = 0; i < config.processes.size(); ++i) {
    validate(config.processes[i], i, static_cast<std::size_t>(config.mode.cpus_online));
  }
  double before = 0.0;
  for (std::size_t i = 0; i < config.occupations.size(); ++i) {
    const Occupation& occupation = config.occupations[i];
    const std::string key = fmt::format("occupations[{}]", i);
    require(occupation.time_seconds >= before, key + ".time_seconds", occupation.time_seconds,
            "ascending from 0");
    before = occupation.time_seconds;
    require(occupation.seconds > 0.0, key + ".seconds", occupation.seconds, "> 0");
    require_at_least_zero(occupation.watts, key + ".watts");
  }
}

}  // namespace flyball
