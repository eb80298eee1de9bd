#include "tools/commands/sweep_command.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "controllers/evaluation/sim_setup.h"
#include "controllers/evaluation/simulated_run.h"
#include "env/errors.h"
#include "env/sim/sim_plant.h"
#include "tools/config/board_config.h"
#include "tools/config/set_option.h"
#include "tools/config/workload_config.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/reports/html/sweep_page.h"
#include "tools/reports/sweep_report.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

constexpr const char* kFullTables = "max";

struct SweepOptions {
  std::string board;
  std::string workload;
  std::vector<std::string> assignments;
  std::string mode;  // empty: the board's default
  std::optional<double> cpu_floor_hz;
  std::uint64_t requests = 3200;
  std::size_t batch = 16;
  unsigned threads = 2;
  bool json = false;
  bool csv = false;
  bool emc = false;
  std::string report;  // folder
};

// The mode's limits, or none at all: every level of every table.
PowerMode mode_of(const SweepOptions& options, const Board& board) {
  if (options.mode.empty()) return find_mode(board, board.default_mode);
  if (options.mode == kFullTables) {
    PowerMode mode;
    mode.name = "full tables";
    mode.cpus_online = board.cpus;
    return mode;
  }
  std::uint16_t id = 0;
  const char* end = options.mode.data() + options.mode.size();
  const auto [stop, error] = std::from_chars(options.mode.data(), end, id);
  if (error != std::errc{} || stop != end) {
    throw UsageError(
        fmt::format("--mode {}: must be the id of a power mode, or {}", options.mode, kFullTables));
  }
  return find_mode(board, id);
}

// A saturated job, without noise: the same for every setting.
EvaluationPlan plan_of(const SweepOptions& options, const BoardConfig& board) {
  SimConfig config = board_sim_config(board);
  config.mode = mode_of(options, config.board);
  config.cpu_floor_hz = options.cpu_floor_hz;
  const auto assignments = named_assignments(options.assignments).workload;
  config.work = load_workload(options.workload, board, {{}, assignments}).work;
  config.arrivals = ClosedLoop{options.requests, options.batch, std::nullopt};
  EvaluationPlan plan;
  plan.seeds = {0};
  plan.configs = {config};
  plan.stock = stock_residents(config.board);
  plan.knobs = {"cpu", "gpu"};
  if (options.emc) plan.knobs.emplace_back("emc");
  plan.threads = options.threads;
  return plan;
}

SweepReport run_sweep(const SweepOptions& options, const EvaluationPlan& plan) {
  const SimConfig& config = plan.configs.front();
  SweepReport report;
  report.board = config.board.id;
  report.board_title = config.board.title;
  if (options.mode != kFullTables) report.mode = config.mode.id;
  report.workload = options.workload;
  report.requests = options.requests;
  report.batch = options.batch;
  const SimPlant plant(config);
  for (const std::size_t k : find_knobs(plant.description(), plan.knobs)) {
    report.knobs.push_back(plant.description().knobs[k]);
  }
  report.stock = run_residents(config, plan.timeout_seconds);
  Progress progress("sweep", 100.0);
  report.table = sweep(plan, plan.knobs, {}, [&progress](double share) {
    progress.update(std::round(100.0 * share));
    return !interrupted();
  });
  if (report.table.interrupted) throw Interrupted("interrupted");
  report.front = pareto_front(report.table.points);
  return report;
}

void run_command(const SweepOptions& options) {
  prepare_report(options.report);
  const BoardConfig board = load_board(options.board, named_assignments(options.assignments).board);
  const EvaluationPlan plan = plan_of(options, board);
  const SweepReport report = run_sweep(options, plan);
  if (options.json) {
    say("{}\n", to_json(report).dump(2));
  } else {
    say("{}", options.csv ? to_csv(report) : to_text(report));
  }
  if (!options.report.empty())
    write_report_page(options.report, sweep_page(report, typed_command()));
}

void add_options(CLI::App& command, SweepOptions& options) {
  command.add_option("--board", options.board, "Id of a board, or the path of its file")
      ->type_name("B")
      ->required();
  command.add_option("--workload", options.workload, "Id of a workload, or the path of its file")
      ->type_name("W")
      ->required();
  add_set_option(command, options.assignments,
                 "board.thermal_model.poll_seconds=2, workload.boards.nano-4gb.gpu_cycles=1e9");
  command
      .add_option(
          "--mode", options.mode,
          "nvpmodel mode (default: the board's); max: no limits, every level of every table")
      ->type_name("ID");
  command.add_flag("--emc", options.emc, "Sweep the memory clock too");
  command
      .add_option("--cpu-floor-hz", options.cpu_floor_hz,
                  "Lowest CPU frequency instead of the mode's")
      ->type_name("HZ")
      ->check(number_in(1e6, 1e11));
  command.add_option("--requests", options.requests, "Requests per setting")
      ->type_name("N")
      ->check(whole_in(std::int64_t{1}, std::int64_t{1} << 32))
      ->capture_default_str();
  command.add_option("--batch", options.batch, "Requests outstanding, served as one batch")
      ->type_name("N")
      ->check(whole_in(1, 4096))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads; the results do not depend on it")
      ->type_name("N")
      ->check(whole_in(1, 256))
      ->capture_default_str();
}

}  // namespace

void add_sweep_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* command =
      app.add_subcommand("sweep", "Run every fixed CPU and GPU frequency of a simulated board");
  add_options(*command, *options);
  CLI::Option* json = command->add_flag("--json", options->json, "One JSON document on stdout");
  command->add_flag("--csv", options->csv, "One line per setting on stdout")->excludes(json);
  command
      ->add_option("--report", options->report,
                   "Write an HTML page to this folder: tables and figures, opens offline")
      ->type_name("DIR");
  command->footer(
      "A saturated job: a batch is outstanding until all requests are done. Saving and latency "
      "are\n"
      "changes against the stock governors.\n"
      "Examples:\n"
      "  flyball sweep --board nano-4gb --workload resnet18\n"
      "  flyball sweep --board xavier-nx-8gb --workload resnet18 --batch 32 --csv > sweep.csv\n"
      "  flyball sweep --board xavier-nx-8gb --workload alexnet --mode max --emc");
  command->callback([options] { run_command(*options); });
}

}  // namespace flyball
