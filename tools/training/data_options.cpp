#include "tools/training/data_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/training/training_data.h"
#include "controllers/evaluation/simulated_log.h"
#include "env/logs/telemetry_log.h"
#include "replay/hdf5/dataset.h"
#include "tools/config/scenario.h"
#include "tools/console.h"
#include "tools/exit_codes.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/training/log_facts.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

constexpr double kSimulatedSeconds = 7200.0;  // unless the configuration simulates something

template <typename Source>
void scale_weights(std::vector<Source>& sources, double factor) {
  for (Source& source : sources) source.weight *= factor;
}

}  // namespace

void add_data_options(CLI::App& command, DataOptions& options) {
  command
      .add_option("--log", options.logs,
                  "A telemetry log (or pattern) instead of the configuration's data; repeatable")
      ->type_name("LOG.csv")
      ->allow_extra_args(false);
  command
      .add_option("--dataset", options.datasets,
                  "A dataset in Minari's layout (or pattern), likewise; repeatable")
      ->type_name("D.hdf5")
      ->allow_extra_args(false);
  command
      .add_option(
          "--simulate", options.scenarios,
          "A scenario to simulate, as long and with as much exploration as the configuration's "
          "[[simulate]] says, likewise; repeatable")
      ->type_name("SCENARIO")
      ->allow_extra_args(false);
  command
      .add_option("--mix", options.mix,
                  "Keep the configuration's data beside what is given here; its transitions weigh "
                  "so many times as much as they would")
      ->check(above_zero());
}

namespace {

OpenKeys open_keys(const DatasetInfo& info) {
  OpenKeys keys;
  for (const Knob& knob : info.knobs) keys.knobs.push_back(knob.name);
  keys.caps = info.caps;
  keys.period_seconds = info.period_seconds;
  const auto scale = info.encoding.find("slack_scale_seconds");
  if (scale != info.encoding.end()) keys.deadline_seconds = scale->second;
  return keys;
}

// The scenario that a simulated log is of; absent for others, and for a pipe, which is read once.
std::optional<std::string> scenario_of(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  return simulated_scenario(TelemetryLogReader(file).header());
}

bool is_of(const std::string& scenario, const std::string& pattern) {
  const std::vector<std::string> files = matching_files(pattern);
  return std::all_of(files.begin(), files.end(),
                     [&](const std::string& file) { return scenario_of(file) == scenario; });
}

void warn_of_other_scenarios(const TrainConfig& config, const DataOptions& options) {
  std::vector<std::string> own;
  for (const SimulationSource& source : config.simulations) own.push_back(source.scenario);
  if (own.empty()) return;
  for (const std::string& pattern : options.logs) {
    for (const std::string& file : matching_files(pattern)) {
      const auto scenario = scenario_of(file);
      if (!scenario || std::find(own.begin(), own.end(), *scenario) != own.end()) continue;
      remark("flyball: warning: {} is of the scenario {}, {} is made for {}\n", file, *scenario,
             config.file.string(), fmt::join(own, ", "));
    }
  }
}

// Whether all that was given is of the scenario, as far as its headers tell.
bool are_of(const std::string& scenario, const DataOptions& options) {
  const auto& logs = options.logs;
  const auto& simulated = options.scenarios;
  return options.datasets.empty() &&
         std::all_of(logs.begin(), logs.end(),
                     [&](const std::string& pattern) { return is_of(scenario, pattern); }) &&
         std::all_of(simulated.begin(), simulated.end(),
                     [&](const std::string& name) { return name == scenario; });
}

// What is measured on the scenario that is simulated says nothing of other data.
void forget_validation(TrainConfig& config, const DataOptions& options) {
  for (const SimulationSource& source : config.simulations) {
    const bool is_measured = config.validation && config.validation->scenario == source.scenario;
    if (is_measured && !are_of(source.scenario, options)) config.validation.reset();
  }
}

}  // namespace

std::optional<OpenKeys> open_keys(const DataOptions& options) {
  const std::size_t kinds = (options.logs.empty() ? 0 : 1) + (options.datasets.empty() ? 0 : 1) +
                            (options.scenarios.empty() ? 0 : 1);
  if (kinds == 0) return std::nullopt;
  OpenKeys keys;
  if (!options.logs.empty()) {
    keys = open_keys(facts_of(options.logs));
  } else if (!options.scenarios.empty()) {
    const std::string& name = options.scenarios.front();
    keys = open_keys(load_scenario(name), name);
  } else {
    keys = open_keys(read_dataset(matching_files(options.datasets.front()).front()).info);
  }
  if (kinds > 1 || options.scenarios.size() > 1) keys.scenario.reset();
  return keys;
}

void choose_data(TrainConfig& config, const DataOptions& options) {
  SimulationSource pattern;
  pattern.log.duration_seconds = kSimulatedSeconds;
  if (!config.simulations.empty()) pattern = config.simulations.front();
  std::erase_if(config.simulations, [](const auto& source) { return source.scenario.empty(); });
  const bool given =
      !options.logs.empty() || !options.datasets.empty() || !options.scenarios.empty();
  warn_of_other_scenarios(config, options);
  if (options.mix && !given) throw UsageError("--mix needs --log, --dataset or --simulate");
  if (given && options.mix) {
    scale_weights(config.logs, *options.mix);
    scale_weights(config.datasets, *options.mix);
    scale_weights(config.simulations, *options.mix);
  } else if (given) {
    config.logs.clear();
    config.datasets.clear();
    forget_validation(config, options);
    config.simulations.clear();
  }
  for (const std::string& log : options.logs) config.logs.push_back({log, 1.0});
  for (const std::string& dataset : options.datasets) {
    config.datasets.push_back({dataset, 1.0, std::nullopt});
  }
  for (const std::string& scenario : options.scenarios) {
    pattern.scenario = scenario;
    config.simulations.push_back(pattern);
  }
  if (config.logs.empty() && config.datasets.empty() && config.simulations.empty()) {
    throw UsageError(fmt::format(
        "{} names no data: give --log, --dataset or --simulate, or [[logs]], [[datasets]] or "
        "[[simulate]] in it",
        config.file.string()));
  }
}

TrainingSet load_with_progress(const TrainConfig& config) {
  Progress progress("data", 100.0);
  const auto show = [&](const std::string& what, double share) {
    progress.update(100.0 * share, what);
    return !interrupted();
  };
  return load_training_set(config, config.trainer.seed, show,
                           [](const std::string& line) { remark("flyball: warning: {}\n", line); });
}

}  // namespace flyball
