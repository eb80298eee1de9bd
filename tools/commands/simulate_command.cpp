#include "tools/commands/simulate_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "controllers/evaluation/run_timeline.h"
#include "controllers/evaluation/simulated_log.h"
#include "env/logs/telemetry_log.h"
#include "env/output_file.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/scenario_name.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/evaluation/chrome_trace.h"
#include "tools/field_options.h"
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
  std::string trace;
  SimulatedLogConfig log;
  bool json = false;
};

void print(const SimulateOptions& options, const SimulatedLog& log, std::size_t rows,
           const SimulatedLogRun& run) {
  if (options.json) {
    nlohmann::ordered_json document;
    document["log"] = options.output;
    document["scenario"] = log.header().scenario;
    document["rows"] = rows;
    document["seconds"] = run.seconds;
    document["explored_settings"] = run.settings;
    document["seed"] = options.log.seed;
    say("{}\n", document.dump(2));
    return;
  }
  say("{}: {} rows, {:.0f} s of {}\n", options.output, rows, run.seconds, log.header().scenario);
  say("governed by {}; random settings drawn from {}\n", log.header().governor, run.settings);
}

void simulate(SimulateOptions& options, CommandResult& result) {
  const std::string named = parse_scenario_name(options.scenario).id_or_path;
  require_separate(options.output, {find_config("scenarios", named).string()});
  if (!options.trace.empty()) {
    if (options.trace == options.output) {
      throw UsageError(fmt::format("--trace {}: is where the log is written", options.trace));
    }
    require_separate(options.trace, {find_config("scenarios", named).string(), options.output});
    require_writable(options.trace);
    keep_stdout_for(options.trace);
  }
  keep_stdout_for(options.output);
  const Scenario scenario = load_scenario(options.scenario, options.assignments);
  SimulatedLog log(scenario, options.log);
  TimelineRecorder recorder;
  if (!options.trace.empty()) {
    if (!options.log.modes.empty() || options.log.deadline_factors) {
      throw UsageError(
          "--trace: a log of several --modes or --deadline-factors is made of runs that each begin "
          "anew; it goes without them");
    }
    log.watch(&recorder);
  }
  TelemetryLogOptions log_options;
  log_options.with_effect_snapshot = options.log.with_effect_snapshot;
  TelemetryLogHeader header = log.header();
  header.scenario = simulated_text(text_of({options.scenario, options.assignments}));
  TelemetryLogWriter writer(options.output, header, log_options);
  SimulatedLogRun run;
  {
    Progress progress("simulate", log.duration_seconds().value_or(0.0));
    run = log.run(writer, [&](double now_seconds) {
      progress.update(now_seconds);
      return !interrupted();
    });
  }
  writer.close(interrupted() ? LogEnd::kInterrupted : LogEnd::kComplete);
  if (!options.trace.empty()) {
    write_output(options.trace, chrome_trace({{log.header().governor, recorder.timeline()}}));
  }
  print(options, log, writer.rows(), run);
  if (!interrupted()) return;
  remark("flyball simulate: interrupted: {} has the {} rows until then, and says so\n",
         options.output, writer.rows());
  result.exit_code = kExitInterrupted;
}

void add_log_options(CLI::App& command, SimulatedLogConfig& log) {
  add_field_option(command, "--duration", log, "duration_seconds");
  add_field_option(command, "--explore", log, "explore");
  add_field_option(command, "--hold", log, "hold_periods");
  add_field_option(command, "--latency-factor", log, "latency_factor");
  add_field_option(command, "--stock-share", log, "stock_share");
  add_field_option(command, "--power-every", log, "power_seconds");
  add_field_option(command, "--modes", log, "modes")->type_name("ID,ID,...");
  add_field_option(command, "--deadline-factors", log, "deadline_factors");
  add_field_option(command, "--segment", log, "segment_seconds");
  add_field_option(command, "--snapshot", log, "with_effect_snapshot");
  command.add_option("--seed", log.seed, "Of arrivals, noise and exploration")
      ->check(seed_number())
      ->capture_default_str();
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
  add_log_options(*command, options->log);
  command
      ->add_option("--trace", options->trace,
                   "Write the run as a trace, too, for ui.perfetto.dev: settings, batches, watts,\n"
                   "clocks, queue")
      ->type_name("OUT.json");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Examples:\n"
      "  flyball simulate --scenario quickstart --duration 7200 -o stock.csv\n"
      "  flyball simulate --scenario quickstart --duration 7200 --modes 0,1 -o modes.csv\n"
      "  flyball simulate --scenario street-tx2 --duration 60 -o log.csv --trace trace.json");
  command->callback([options, &result] { simulate(*options, result); });
}

}  // namespace flyball
