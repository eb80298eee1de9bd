#include "env/sim/sim_config.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "env/config/bounds.h"
#include "env/config/check_fields.h"
#include "env/config/require.h"

namespace flyball {

namespace {

void require_at_least_zero(double value, const std::string& key) {
  require(value >= 0.0, key, value, ">= 0");
}

void validate(const ClosedLoop& loop) {
  const Range batches = batch_range();
  const auto batch = static_cast<double>(loop.batch);
  require(batches.holds(batch), "arrivals.batch", batch, batches.text());
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

void validate(const FanConfig& fan) {
  for (std::size_t i = 1; i < fan.steps.size(); ++i) {
    const FanStep& step = fan.steps[i];
    const std::string key = fmt::format("thermal.fan.steps[{}]", i);
    require(step.celsius > fan.steps[i - 1].celsius, key + ".celsius", step.celsius,
            "above the entry before it");
    require(step.pwm >= fan.steps[i - 1].pwm, key + ".pwm", step.pwm,
            "in [0, 255] and not below the entry before it");
  }
}

void require_ambient(double celsius, const std::string& key) {
  require(ambient_range().holds(celsius), key, celsius, "in [-40, 85]");
}

void validate(const ThermalConfig& thermal) {
  check_fields(thermal, "thermal");
  require_ambient(thermal.ambient_celsius, "thermal.ambient_celsius");
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
  check_fields(budget, "power_budget");
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
  check_fields(config.sensor, "sensor");
  validate(config.thermal);
  validate(config.power_budget, config.mode);
  if (config.default_batch) {
    require(*config.default_batch >= 1.0, "default_batch", *config.default_batch, ">= 1");
  }
  if (!config.batch_levels.empty()) {
    require(config.batch_levels.front() >= 1.0, "batch_levels[0]", config.batch_levels.front(),
            ">= 1");
  }
  if (config.offload) validate(*config.offload);
  if (!config.offload_levels.empty() && !config.offload) {
    throw std::invalid_argument("offload_levels: need offload, what sending costs");
  }
  if (!config.fine_tuning_levels.empty() && !config.fine_tuning) {
    throw std::invalid_argument("fine_tuning_levels: need fine_tuning, what is trained");
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
