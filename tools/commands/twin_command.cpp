#include "tools/commands/twin_command.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/kernel_governors.h"
#include "env/errors.h"
#include "env/fitting/fit.h"
#include "env/fitting/log_replay.h"
#include "env/fitting/measurements.h"
#include "env/fitting/twin.h"
#include "env/output_file.h"
#include "tools/config/board_config.h"
#include "tools/config/fitted_config.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/reports/replay_report.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

constexpr std::size_t kBlocks = 4;  // of the held-out part, in the report

struct TwinOptions {
  std::string log;
  std::string measurements;
  std::vector<std::string> columns;
  std::string board;
  std::vector<std::string> assignments;
  std::string output;
  double held_out = 0.3;
  bool force = false;
  bool json = false;
};

FittedParameters fit_measurements(const TwinOptions& options, const Board& board) {
  MeasurementSource source;
  source.file = options.measurements;
  source.duplicates = Duplicates::kMean;
  for (const std::string& text : options.columns) {
    source.columns.push_back(as_usage([&] { return parse_column(text); }));
  }
  const Measurements set = read_measurements(source, board);
  return fit_rows(set, set.rows, ResidualKind::kNone).parameters;
}

std::string twin_file(const Twin& twin, const TwinOptions& options, const ReplayReport& judged,
                      const Board& board) {
  const std::string name = std::filesystem::path(options.log).filename().string();
  std::string text = fmt::format(
      "# Written by `flyball twin` {} from {}, on {}: fitted to the first {:.0f} s of it.\n"
      "# The {:.0f} s after that, which it did not see: energy {:+.1f} %, p95 latency {:+.1f} %.\n",
      FLYBALL_VERSION, name, board.title, twin.fitted().log.seconds, judged.overall.log.seconds,
      100.0 * judged.overall.energy_error().value_or(0.0),
      100.0 * judged.overall.latency_p95_error().value_or(0.0));
  if (!judged.shortcomings().empty()) {
    text += "# It does not replay them: no policy is to be judged on this.\n";
  }
  text += fmt::format("title = \"Twin of {}\"\nmodel = \"fitted\"\n\n", name);
  return text + fitted_to_toml(twin.parameters, board, twin.serving);
}

ReplayReport part_report(const Twin& twin, std::size_t first, std::size_t count,
                         std::size_t blocks) {
  return replay_report(std::span(twin.logged).subspan(first, count),
                       std::span(twin.replayed).subspan(first, count), blocks);
}

Twin make_twin(const TwinOptions& options, const BoardConfig& board, const TelemetryLog& log) {
  TwinConfig config;
  config.held_out_share = options.held_out;
  if (!options.measurements.empty()) config.measured = fit_measurements(options, board.board);
  const std::span<const TelemetryRow> rows = replayable_rows(log);
  if (rows.size() < log.rows.size()) {
    remark(
        "flyball twin: {}: the longest stretch without a gap or a change of mode is used, {} "
        "of {} rows\n",
        options.log, rows.size(), log.rows.size());
  }
  SimConfig plant = logged_plant(log.header, rows, board);
  plant.residents = resident_factory(stock_residents(board.board));
  Progress progress("twin", 100.0);
  return fit_twin(log.header, rows, plant, board, config, [&](double share) {
    progress.update(std::round(100.0 * share));
    return !interrupted();
  });
}

void run_twin(const TwinOptions& options, CommandResult& result) {
  require_separate(options.output, {options.log, options.measurements});
  require_writable(options.output);
  keep_stdout_for(options.output);
  const TelemetryLog log = with_nothing_to_keep([&] {
    return read_telemetry_log(options.log,
                              [](const std::string& line) { remark("flyball twin: {}\n", line); });
  });
  const BoardConfig board =
      load_board(options.board.empty() ? log.header.plant.board : options.board,
                 board_assignments(options.assignments));
  const Twin twin = make_twin(options, board, log);
  const std::size_t first = twin.fitted_rows - 1;
  const ReplayReport fitted = part_report(twin, 0, twin.fitted_rows, 1);
  const ReplayReport judged = part_report(twin, first, twin.logged.size() - first, kBlocks);
  const bool holds = judged.shortcomings().empty();
  const bool writes = holds || options.force;
  if (writes) write_output(options.output, twin_file(twin, options, judged, board.board));
  if (!holds) result.exit_code = kExitFailed;
  if (options.json) {
    nlohmann::ordered_json json = {{"log", options.log},
                                   {"board", board.board.id},
                                   {"fitted", to_json(fitted)},
                                   {"held_out", to_json(judged)}};
    if (writes) json["output"] = options.output;
    say("{}\n", json.dump(2));
    return;
  }
  say("fitted to the first {:.0f} s\n{}\n", fitted.overall.log.seconds, to_text(fitted));
  say("held out: the {:.0f} s after that\n{}{}", judged.overall.log.seconds, to_text(judged),
      verdict_text(judged));
  if (writes) {
    say("wrote {}\n", options.output);
  } else {
    say("not written: a twin that does not replay what it did not see is no judge (--force "
        "writes it)\n");
  }
}

}  // namespace

void add_twin_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<TwinOptions>();
  CLI::App* command = app.add_subcommand(
      "twin", "Make a workload file of a serving log, and check it on a part held out");
  command->add_option("--log", options->log, "Telemetry log with power and requests")
      ->type_name("L.csv")
      ->required();
  command->add_option("-o,--output", options->output, "The workload file to write")
      ->type_name("W.toml")
      ->required();
  command
      ->add_option("--measurements", options->measurements,
                   "A sweep of the same model, as `flyball fit` reads it: the accelerator's part")
      ->type_name("F.csv");
  command
      ->add_option("--column", options->columns,
                   "What a column of the sweep means, where its name does not say it")
      ->type_name("ROLE=NAME[:UNIT]");
  command
      ->add_option("--board", options->board,
                   "Id of a board, or the path of its file (default: the log's)")
      ->type_name("B");
  add_set_option(*command, options->assignments, "board.electrical.base_watts=2.5");
  command
      ->add_option("--held-out", options->held_out,
                   "Share of the log, at its end, that the twin is judged by")
      ->type_name("SHARE")
      ->check(number_in(0.1, 0.9))
      ->capture_default_str();
  command->add_flag("--force", options->force, "Write the file though the twin does not replay");
  command->add_flag("--json", options->json, "One JSON document on stdout; errors are shares");
  const ReplayTolerances tolerances;
  command->footer(fmt::format(
      "The simulation replays the first part of the log again and again: the cycles of GPU, "
      "memory\n"
      "and CPU, host and storage times, what a batch costs, and the watts of base, CPU, GPU and\n"
      "memory are moved until energy, loads, clocks, batches and latencies are the log's. Idle\n"
      "railgating, polling that stalls and answers by group are tried. The last part decides:\n"
      "exit code 1, and no file, where the twin does not replay it within {:g} % energy, {:g} MHz "
      "and\n"
      "{:g} % p95 latency. A log with random settings (flyball simulate, flyballd explore) tells "
      "the\n"
      "clocks' effects apart; the stock governors alone hardly do.\n"
      "Examples:\n"
      "  flyball twin --log log.csv -o twin.toml\n"
      "  flyball twin --log agx.csv --measurements sweep.csv -o twin.toml\n"
      "  flyball replay --log other_day.csv --workload twin.toml",
      100.0 * tolerances.energy_share, tolerances.gpu_hz / 1e6,
      100.0 * tolerances.latency_p95_share));
  command->callback([options, &result] { run_twin(*options, result); });
}

}  // namespace flyball
