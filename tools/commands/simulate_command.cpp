#include "tools/commands/simulate_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "env/logs/telemetry_log.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/simulation/simulated_log.h"

namespace flyball {

namespace {

struct SimulateOptions {
  std::string scenario;
  std::string output;
  SimulatedLogConfig log;
  double duration_seconds = 0.0;
  bool json = false;
};

void print(const SimulateOptions& options, const SimulatedLog& log, std::size_t rows,
           const LoopReport& report) {
  if (options.json) {
    nlohmann::ordered_json document;
    document["log"] = options.output;
    document["scenario"] = log.header().scenario;
    document["rows"] = rows;
    document["seconds"] = report.seconds;
    document["explored_settings"] = log.explored_actions();
    document["seed"] = options.log.seed;
    fmt::print("{}\n", document.dump(2));
    return;
  }
  fmt::print("{}: {} rows, {:.0f} s of {}\n", options.output, rows, report.seconds,
             log.header().scenario);
  fmt::print("governed by {}; random settings drawn from {}\n", log.header().governor,
             log.explored_actions());
}

void simulate(SimulateOptions& options, CommandResult& result) {
  const Scenario scenario = load_scenario(options.scenario);
  if (options.duration_seconds > 0.0) options.log.duration_seconds = options.duration_seconds;
  SimulatedLog log(scenario, options.log);
  TelemetryLogOptions log_options;
  log_options.with_effect_snapshot = options.log.with_effect_snapshot;
  TelemetryLogWriter writer(options.output, log.header(), log_options);
  LoopReport report;
  {
    Progress progress("simulate", log.duration_seconds().value_or(0.0));
    report = log.run(writer, [&](double now_seconds) {
      progress.update(now_seconds);
      return !interrupted();
    });
  }
  writer.close();
  print(options, log, writer.rows(), report);
  if (interrupted()) result.exit_code = kExitInterrupted;
}

}  // namespace

void add_simulate_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Write a telemetry log of a simulated board: its stock governors plus exploration");
  command->add_option("--scenario", options->scenario, "Scenario: a name in configs/ or a file")
      ->required();
  command->add_option("-o,--output", options->output, "The log to write")->required();
  command
      ->add_option("--duration", options->duration_seconds,
                   "Simulated seconds (default: as long as the scenario's arrivals last)")
      ->check(above_zero());
  command
      ->add_option("--explore", options->log.explore,
                   "Share of the time under random settings (default 0.2)")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--hold", options->log.hold_periods,
                      "Decision periods for which a random setting is held (default 2)");
  command
      ->add_option("--latency-factor", options->log.latency_factor,
                   "Draw only settings at most this much slower than the fastest (default 1.8)")
      ->check(above_zero());
  command->add_flag("--snapshot", options->log.with_effect_snapshot,
                    "Record the state when a setting takes effect (the dvfo backup needs it)");
  command->add_option("--seed", options->log.seed,
                      "Of arrivals, noise and exploration (default 0)");
  command->add_flag("--json", options->json, "Print a JSON document");
  command->footer("Example: flyball simulate --scenario quickstart --duration 7200 -o stock.csv");
  command->callback([options, &result] { simulate(*options, result); });
}

}  // namespace flyball
