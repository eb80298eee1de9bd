#include "tools/commands/simulate_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "controllers/evaluation/simulated_log.h"
#include "env/logs/telemetry_log.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

struct SimulateOptions {
  std::string scenario;
  std::vector<std::string> assignments;
  std::string output;
  SimulatedLogConfig log;
  double duration_seconds = 0.0;
  std::vector<double> deadline_factors;  // low and high
  bool json = false;
};

void print(const SimulateOptions& options, const SimulatedLog& log, std::size_t rows,
           double seconds) {
  if (options.json) {
    nlohmann::ordered_json document;
    document["log"] = options.output;
    document["scenario"] = log.header().scenario;
    document["rows"] = rows;
    document["seconds"] = seconds;
    document["explored_settings"] = log.explored_actions();
    document["seed"] = options.log.seed;
    say("{}\n", document.dump(2));
    return;
  }
  say("{}: {} rows, {:.0f} s of {}\n", options.output, rows, seconds, log.header().scenario);
  say("governed by {}; random settings drawn from {}\n", log.header().governor,
      log.explored_actions());
}

void simulate(SimulateOptions& options, CommandResult& result) {
  require_separate(options.output, {find_config("scenarios", options.scenario).string()});
  keep_stdout_for(options.output);
  const Scenario scenario = load_scenario(options.scenario, options.assignments);
  if (options.duration_seconds > 0.0) options.log.duration_seconds = options.duration_seconds;
  if (!options.deadline_factors.empty()) {
    options.log.deadline_factors =
        Interval{options.deadline_factors[0], options.deadline_factors[1]};
  }
  SimulatedLog log(scenario, options.log);
  TelemetryLogOptions log_options;
  log_options.with_effect_snapshot = options.log.with_effect_snapshot;
  TelemetryLogWriter writer(options.output, log.header(), log_options);
  double seconds = 0.0;
  {
    Progress progress("simulate", log.duration_seconds().value_or(0.0));
    seconds = log.run(writer, [&](double now_seconds) {
      progress.update(now_seconds);
      return !interrupted();
    });
  }
  writer.close(interrupted() ? LogEnd::kInterrupted : LogEnd::kComplete);
  print(options, log, writer.rows(), seconds);
  if (!interrupted()) return;
  remark("flyball simulate: interrupted: {} has the {} rows until then, and says so\n",
         options.output, writer.rows());
  result.exit_code = kExitInterrupted;
}

}  // namespace

void add_simulate_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Write a telemetry log of a simulated board: its stock governors plus exploration");
  command->add_option("--scenario", options->scenario, "Scenario: a name in configs/ or a file")
      ->type_name("SCENARIO")
      ->required();
  add_set_option(*command, options->assignments,
                 "ambient_celsius=40, board.sensor.noise_watts=0.1");
  command->add_option("-o,--output", options->output, "The log to write; - is stdout")
      ->type_name("LOG.csv")
      ->required();
  command
      ->add_option("--duration", options->duration_seconds,
                   "Simulated seconds (default: as long as the scenario's arrivals last)")
      ->check(above_zero());
  command
      ->add_option("--explore", options->log.explore,
                   "Share of the time under random settings (default 0.2)")
      ->check(number_in(0.0, 1.0));
  command
      ->add_option("--hold", options->log.hold_periods,
                   "Decision periods for which a random setting is held (default 2)")
      ->check(whole_in(1, 100000));
  command
      ->add_option("--latency-factor", options->log.latency_factor,
                   "Draw only settings at most this much slower than the fastest (default 1.8)")
      ->check(above_zero());
  command
      ->add_option("--modes", options->log.modes,
                   "nvpmodel modes, one drawn at random for each segment")
      ->type_name("ID,ID,...")
      ->delimiter(',')
      ->check(whole_in(0, 65535));
  command
      ->add_option("--deadline-factors", options->deadline_factors,
                   "Deadlines from LOW to HIGH times the scenario's, drawn for each segment")
      ->type_name("LOW,HIGH")
      ->delimiter(',')
      ->expected(2)
      ->check(above_zero());
  command
      ->add_option("--segment", options->log.segment_seconds,
                   "Seconds for which a mode and a deadline drawn so last (default 600)")
      ->check(number_in(1.0, 1e8));
  command->add_flag("--snapshot", options->log.with_effect_snapshot,
                    "Record the state when a setting takes effect (the dvfo backup needs it)");
  command->add_option("--seed", options->log.seed, "Of arrivals, noise and exploration (default 0)")
      ->check(seed_number());
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Examples:\n"
      "  flyball simulate --scenario quickstart --duration 7200 -o stock.csv\n"
      "  flyball simulate --scenario quickstart --duration 7200 --modes 0,1 -o modes.csv");
  command->callback([options, &result] { simulate(*options, result); });
}

}  // namespace flyball
