#include "tools/training/data_options.h"

#include <fmt/format.h>

#include "tools/console.h"
#include "tools/exit_codes.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

constexpr double kSimulatedSeconds = 7200.0;

template <typename Source>
void scale_weights(std::vector<Source>& sources, double factor) {
  for (Source& source : sources) source.weight *= factor;
}

}  // namespace

void add_data_options(CLI::App& command, DataOptions& options) {
  command
      .add_option("--log", options.logs,
                  "A telemetry log (or pattern) instead of the configuration's data; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--dataset", options.datasets,
                  "A dataset in Minari's layout (or pattern), likewise; repeatable")
      ->allow_extra_args(false);
  command
      .add_option(
          "--simulate", options.scenarios,
          "A scenario to simulate for two hours, a fifth of the time under random settings, "
          "likewise; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--mix", options.mix,
                  "Keep the configuration's data beside what is given here; its transitions weigh "
                  "so many times as much as they would")
      ->check(above_zero());
}

namespace {

// What is measured on the scenario that is simulated says nothing of other data.
void forget_validation(TrainConfig& config) {
  for (const SimulationSource& source : config.simulations) {
    if (config.validation && config.validation->scenario == source.scenario) {
      config.validation.reset();
    }
  }
}

}  // namespace

void choose_data(TrainConfig& config, const DataOptions& options) {
  const bool given =
      !options.logs.empty() || !options.datasets.empty() || !options.scenarios.empty();
  if (options.mix && !given) throw UsageError("--mix needs --log, --dataset or --simulate");
  if (given && options.mix) {
    scale_weights(config.logs, *options.mix);
    scale_weights(config.datasets, *options.mix);
    scale_weights(config.simulations, *options.mix);
  } else if (given) {
    config.logs.clear();
    config.datasets.clear();
    forget_validation(config);
    config.simulations.clear();
  }
  for (const std::string& log : options.logs) config.logs.push_back({log, 1.0});
  for (const std::string& dataset : options.datasets) {
    config.datasets.push_back({dataset, 1.0, std::nullopt});
  }
  for (const std::string& scenario : options.scenarios) {
    SimulationSource source;
    source.scenario = scenario;
    source.log.duration_seconds = kSimulatedSeconds;
    config.simulations.push_back(source);
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
