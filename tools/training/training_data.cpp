#include "tools/training/training_data.h"

#include <fmt/format.h>
#include <glob.h>

#include "env/logs/telemetry_log.h"
#include "tools/exit_codes.h"
#include "tools/training/training_dataset.h"

namespace flyball {

namespace {

// Keeps rows as they come.
class RowCollector final : public TelemetrySink {
 public:
  void write(const TelemetryRow& row) override { rows_.push_back(row); }
  const std::vector<TelemetryRow>& rows() const { return rows_; }

 private:
  std::vector<TelemetryRow> rows_;
};

void append_rows(TrainingSet& set, const std::string& name, const TelemetryLogHeader& header,
                 std::span<const TelemetryRow> rows, SpanConfig spans, double weight) {
  spans.weight = weight;
  if (set.rewards_only) {
    throw InputError(
        fmt::format("{}: measured costs cannot be mixed with another program's rewards", name));
  }
  try {
    append(set, name, header.plant.board, log_transitions(header, rows, spans));
  } catch (const std::invalid_argument& error) {
    throw InputError(fmt::format("{}: {}", name, error.what()));
  }
  if (set.scenario.empty()) set.scenario = header.scenario;
}

}  // namespace

std::vector<std::string> matching_files(const std::string& pattern) {
  glob_t found{};
  const int error = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> files;
  for (std::size_t i = 0; error == 0 && i < found.gl_pathc; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  if (files.empty()) throw InputError(fmt::format("no file matches \"{}\"", pattern));
  return files;
}

void append_simulation(TrainingSet& set, const TrainConfig& config, const Scenario& scenario,
                       const WeightedLog& source, const DataProgress& progress) {
  SimulatedLog log(scenario, source.log);
  const double duration = log.duration_seconds().value_or(0.0);
  RowCollector rows;
  log.run(rows, [&](double now_seconds) {
    return progress("simulate " + scenario.id, duration > 0.0 ? now_seconds / duration : 0.0);
  });
  append_rows(set, fmt::format("simulated {} seed {}", scenario.id, source.log.seed), log.header(),
              rows.rows(), config.spans, source.weight);
  set.simulated = true;
}

TrainingSet load_training_set(const TrainConfig& config, std::uint64_t seed,
                              const DataProgress& progress) {
  TrainingSet set;
  set.period_seconds = config.spans.encoder.period_seconds;
  for (const LogSource& source : config.logs) {
    for (const std::string& file : matching_files(source.pattern)) {
      if (!progress("read " + file, 0.0)) return set;
      const TelemetryLog log = read_telemetry_log(file);
      append_rows(set, file, log.header, log.rows, config.spans, source.weight);
      if (is_simulated(log.header)) set.simulated = true;
    }
  }
  for (const DatasetSource& source : config.datasets) {
    for (const std::string& file : matching_files(source.pattern)) {
      if (!progress("read " + file, 0.0)) return set;
      append_dataset(set, file, config, source);
    }
  }
  for (std::size_t i = 0; i < config.simulations.size(); ++i) {
    const SimulationSource& source = config.simulations[i];
    SimulatedLogConfig log = source.log;
    log.seed = seed + 1000 * (i + 1);
    append_simulation(set, config, load_scenario(source.scenario), {log, source.weight}, progress);
  }
  return set;
}

void resolve_objective(TrainConfig& config, const TrainingSet& set) {
  ObjectiveConfig& objective = config.trainer.objective;
  // Rewards of another program are costs already: they count as they are.
  if (!config.references_given && !set.rewards_only) take_references(objective, set.residents);
  if (config.limit_factor) {
    objective.constraint->limit = *config.limit_factor * objective.reward.latency_reference_seconds;
  }
  if (!objective.limit_range) return;
  const double unit = config.limit_factor ? objective.reward.latency_reference_seconds : 1.0;
  objective.limit_range = {unit * config.limit_range->low, unit * config.limit_range->high};
  config.spans.encoder.limit = objective.constraint->limit;
  config.spans.encoder.limit_scale = limit_scale(objective);
}

}  // namespace flyball
