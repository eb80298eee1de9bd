#include "tools/training/training_sources.h"

#include <fmt/format.h>

#include <optional>

#include "agent/training/training_data.h"
#include "agent/training/training_dataset.h"
#include "controllers/evaluation/simulated_log.h"
#include "env/logs/row_collector.h"
#include "tools/config/board_config.h"
#include "tools/config/scenario.h"

namespace flyball {

namespace {

PlantDescription describe_board(const std::string& id_or_path) {
  const Board board = load_board(id_or_path).board;
  PlantDescription plant = describe(board, find_mode(board, board.default_mode), std::nullopt);
  plant.has_application = true;
  return plant;
}

}  // namespace

void append_simulation(TrainingSet& set, const TrainConfig& config, const Scenario& scenario,
                       const WeightedLog& source, const DataProgress& progress) {
  SimulatedLog log(scenario, source.log);
  const double duration = log.duration_seconds().value_or(0.0);
  RowCollector rows;
  log.run(rows, [&](double now_seconds) {
    return progress("simulate " + scenario.id, duration > 0.0 ? now_seconds / duration : 0.0);
  });
  const std::string name = fmt::format("simulated {} seed {}", scenario.id, source.log.seed);
  append_log(set, {name, log.header(), rows.rows, source.weight}, config.spans);
  set.simulated = true;
}

TrainingSet load_training_set(const TrainConfig& config, std::uint64_t seed,
                              const DataProgress& progress, const LogWarning& warn) {
  TrainingSet set;
  set.period_seconds = config.spans.encoder.period_seconds;
  for (const LogSource& source : config.logs) {
    for (const std::string& file : matching_files(source.pattern)) {
      if (!progress("read " + file, 0.0)) return set;
      TelemetryLog log = read_telemetry_log(file, warn);
      append_log(set, {file, log.header, log.rows, source.weight}, config.spans);
      if (!is_simulated(log.header)) continue;
      set.simulated = true;
      set.sources.back().simulated_scenario = log.header.scenario;
    }
  }
  for (const DatasetSource& source : config.datasets) {
    for (const std::string& file : matching_files(source.pattern)) {
      const auto keep_going = [&] { return progress("read " + file, 0.0); };
      if (!keep_going()) return set;
      append_dataset(set, file, config, source, describe_board, keep_going);
    }
  }
  for (std::size_t i = 0; i < config.simulations.size(); ++i) {
    const SimulationSource& source = config.simulations[i];
    SimulatedLogConfig log = source.log;
    log.seed = seed + 1000 * (i + 1);
    Scenario scenario = load_scenario(source.scenario);
    scenario.control.caps =
        config.spans.caps;  // its settings are explored as the policy's are meant
    append_simulation(set, config, scenario, {log, source.weight}, progress);
  }
  return set;
}

}  // namespace flyball
