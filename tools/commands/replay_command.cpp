#include "tools/commands/replay_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/run_timeline.h"
#include "controllers/kernel_governors.h"
#include "env/errors.h"
#include "env/fitting/log_replay.h"
#include "env/fitting/logged_first_uses.h"
#include "env/output_file.h"
#include "tools/config/board_config.h"
#include "tools/config/set_option.h"
#include "tools/config/workload_config.h"
#include "tools/console.h"
#include "tools/evaluation/chrome_trace.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/reports/html/replay_page.h"
#include "tools/reports/replay_report.h"
#include "tools/separate_output.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

struct ReplayOptions {
  std::string log;
  std::string workload;
  std::string board;
  std::vector<std::string> assignments;
  std::size_t blocks = 8;
  bool json = false;
  std::string trace;
  std::string report;  // folder
};

void prepare_trace(const ReplayOptions& options) {
  if (options.trace.empty()) return;
  require_separate(options.trace, {options.log, options.workload, options.board});
  require_writable(options.trace);
  keep_stdout_for(options.trace);
}

void run_replay(const ReplayOptions& options, CommandResult& result) {
  const InterruptEndsProgram ends;
  prepare_report(options.report);
  prepare_trace(options);
  const TelemetryLog log = read_telemetry_log(
      options.log, [](const std::string& line) { remark("flyball replay: {}\n", line); });
  const NamedAssignments assignments = named_assignments(options.assignments);
  const BoardConfig board =
      load_board(options.board.empty() ? log.header.plant.board : options.board, assignments.board);
  const std::span<const TelemetryRow> rows = replayable_rows(log);
  if (rows.size() < log.rows.size()) {
    remark(
        "flyball replay: {}: the longest stretch without a gap or a change of mode is "
        "replayed, {} of {} rows\n",
        options.log, rows.size(), log.rows.size());
  }
  SimConfig config = logged_plant(log.header, rows, board);
  const WorkloadConfig workload =
      load_workload(options.workload, board, {{}, assignments.workload});
  config.work = workload.work;
  config.residents = resident_factory(stock_residents(board.board));
  workload.serving.apply_to(config);
  TimelineRecorder recorder;
  if (!options.trace.empty()) config.watcher = &recorder;
  const std::vector<LogSample> logged = logged_samples(log.header, rows);
  const std::vector<Occupation> first_uses = logged_first_uses(logged);
  const std::vector<LogSample> replayed = replayed_samples(log.header, rows, config);
  const ReplayReport report = replay_report(logged, replayed, options.blocks);
  if (!report.shortcomings().empty()) result.exit_code = kExitFailed;
  if (!options.trace.empty()) {
    write_output(options.trace, chrome_trace({{"replay", recorder.timeline()}}));
  }
  if (!options.report.empty()) {
    const std::string title = fmt::format("{} replayed on {} with {}",
                                          std::filesystem::path(options.log).filename().string(),
                                          board.board.id, workload.title);
    write_report_page(options.report,
                      replay_page(report, logged, replayed, title, typed_command()));
  }
  if (options.json) {
    nlohmann::ordered_json json = {{"log", options.log},
                                   {"workload", workload.id},
                                   {"board", board.board.id},
                                   {"rows", rows.size()},
                                   {"first_uses", to_json(first_uses)}};
    json.update(to_json(report));
    say("{}\n", json.dump(2));
    return;
  }
  say("{} on {} with {}: {} rows, {:.1f} s\n", options.log, board.board.id, workload.title,
      rows.size(), report.overall.log.seconds);
  say("{}{}{}{}", to_text(report), first_uses_text(first_uses), verdict_text(report),
      judgement_text(report));
}

}  // namespace

void add_replay_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = app.add_subcommand(
      "replay", "Replay a log on the simulated board, and say how far the simulation is off");
  command->add_option("--log", options->log, "Telemetry log with power and requests")
      ->type_name("L.csv")
      ->required();
  command
      ->add_option("--workload", options->workload, "What stands for the board: a name or a file")
      ->type_name("W")
      ->required();
  command
      ->add_option("--board", options->board,
                   "Id of a board, or the path of its file (default: the log's)")
      ->type_name("B");
  add_set_option(*command, options->assignments, "board.electrical.base_watts=2.5");
  command->add_option("--blocks", options->blocks, "Stretches that are shown one by one")
      ->type_name("N")
      ->check(whole_in(1, 1000))
      ->capture_default_str();
  command
      ->add_option(
          "--trace", options->trace,
          "Write the replay as a trace, too, for ui.perfetto.dev: settings, batches, watts,\n"
          "clocks, queue")
      ->type_name("OUT.json");
  command
      ->add_option("--report", options->report,
                   "Write an HTML page to this folder: tables and figures, opens offline")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "One JSON document on stdout; errors are shares");
  const ReplayTolerances tolerances;
  command->footer(fmt::format(
      "What arrived then arrives again; what the log says of settings is set again, and the rest\n"
      "is left to the board's stock governors. Power limits, CPUs online and batches are the "
      "log's.\n"
      "Arrivals lie where the log's sums put them. Intervals are by leaving out an eighth of the "
      "log in\n"
      "turn; `cannot tell` is said where one lies on both sides of what is allowed. Exit code 1\n"
      "where energy is off by more than {:g} %, the GPU's mean clock by more than {:g} MHz, or "
      "the\n"
      "p95 latency by more than {:g} %: then a policy must not be judged on that workload.\n"
      "`flyball twin` makes one from a log.\n"
      "Examples:\n"
      "  flyball replay --log log.csv --workload resnet18\n"
      "  flyball replay --log agx.csv --workload twin.toml --blocks 20\n"
      "  flyball replay --log agx.csv --workload twin.toml --json\n"
      "  flyball replay --log agx.csv --workload twin.toml --trace trace.json",
      100.0 * tolerances.energy_share, tolerances.gpu_hz / 1e6,
      100.0 * tolerances.latency_p95_share));
  command->callback([options, &result] { run_replay(*options, result); });
}

}  // namespace flyball
