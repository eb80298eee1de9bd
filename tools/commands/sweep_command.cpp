#include "tools/commands/sweep_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "env/sim/sim_plant.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/evaluation.h"
#include "tools/evaluation_report.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/simulated_run.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct SweepOptions {
  std::string board;
  std::string workload;
  std::optional<int> mode;
  std::optional<double> cpu_floor_hz;
  std::uint64_t requests = 3200;
  std::size_t batch = 16;
  unsigned threads = 2;
  bool json = false;
  bool csv = false;
};

struct Sweep {
  std::vector<Knob> knobs;
  RunFigures stock;
  OracleResult table;
  std::vector<std::size_t> front;
};

// A saturated job, without noise: the same for every setting.
EvaluationPlan plan_of(const SweepOptions& options, const BoardConfig& board) {
  SimConfig config;
  config.board = board.board;
  config.mode = find_mode(config.board, options.mode.value_or(config.board.default_mode));
  config.cpu_floor_hz = options.cpu_floor_hz;
  config.work = load_workload(options.workload, board).work;
  config.arrivals = ClosedLoop{options.requests, options.batch, std::nullopt};
  config.residents = resident_factory(stock_residents(config.board));
  config.sensor = board.sensor;
  config.thermal = board.thermal;
  config.power_budget = board.power_budget;
  EvaluationPlan plan;
  plan.seeds = {0};
  plan.configs = {config};
  plan.stock = stock_residents(config.board);
  plan.knobs = {"cpu", "gpu"};
  plan.threads = options.threads;
  return plan;
}

Sweep run_sweep(const EvaluationPlan& plan) {
  Sweep sweep_result;
  const SimPlant plant(plan.configs.front());
  for (const std::size_t k : find_knobs(plant.description(), plan.knobs)) {
    sweep_result.knobs.push_back(plant.description().knobs[k]);
  }
  sweep_result.stock = run_residents(plan.configs.front(), plan.timeout_seconds);
  Progress progress("sweep", 100.0);
  sweep_result.table = sweep(plan, plan.knobs, {}, [&progress](double share) {
    progress.update(std::round(100.0 * share));
    return !interrupted();
  });
  if (sweep_result.table.interrupted) throw CommandError(kExitInterrupted, "interrupted");
  sweep_result.front = pareto_front(sweep_result.table.points);
  return sweep_result;
}

// One setting against stock: energy saved, and how much longer a request takes.
struct Change {
  double saving = 0.0;
  double latency = 0.0;
};

Change change(const RunFigures& stock, const RunFigures& figures) {
  return {saving_against(stock, figures),
          figures.latency_mean_seconds / stock.latency_mean_seconds - 1.0};
}

double value(const Sweep& sweep_result, const OraclePoint& point, std::size_t knob) {
  return sweep_result.knobs[knob].levels[point.levels[knob]];
}

void print_csv(const Sweep& sweep_result) {
  const std::set<std::size_t> front(sweep_result.front.begin(), sweep_result.front.end());
  fmt::print(
      "cpu_hz,gpu_hz,energy_joules,seconds,mean_power_watts,latency_mean_seconds,saving,"
      "latency_change,pareto\n");
  const std::vector<OraclePoint>& points = sweep_result.table.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const RunFigures& figures = points[i].figures;
    const Change against = change(sweep_result.stock, figures);
    fmt::print("{},{},{},{},{},{},{},{},{}\n", value(sweep_result, points[i], 0),
               value(sweep_result, points[i], 1), figures.energy_joules, figures.seconds,
               figures.mean_power_watts, figures.latency_mean_seconds, against.saving,
               against.latency, front.count(i));
  }
}

ordered_json point_json(const Sweep& sweep_result, std::size_t index) {
  const OraclePoint& point = sweep_result.table.points[index];
  const Change against = change(sweep_result.stock, point.figures);
  ordered_json json = {{"cpu_hz", value(sweep_result, point, 0)},
                       {"gpu_hz", value(sweep_result, point, 1)}};
  json.update(to_json(point.figures));
  json["saving"] = against.saving;
  json["latency_change"] = against.latency;
  return json;
}

void print_json(const SweepOptions& options, const EvaluationPlan& plan,
                const Sweep& sweep_result) {
  ordered_json json = {{"flyball", FLYBALL_VERSION},
                       {"board", plan.configs.front().board.id},
                       {"nvpmodel", plan.configs.front().mode.id},
                       {"workload", options.workload},
                       {"requests", options.requests},
                       {"batch", options.batch}};
  json["stock"] = to_json(sweep_result.stock);
  if (sweep_result.table.best) json["minimum"] = point_json(sweep_result, *sweep_result.table.best);
  for (std::size_t i = 0; i < sweep_result.table.points.size(); ++i) {
    json["points"].push_back(point_json(sweep_result, i));
  }
  for (const std::size_t i : sweep_result.front) {
    json["pareto"].push_back(point_json(sweep_result, i));
  }
  fmt::print("{}\n", json.dump(2));
}

void print_line(const std::string& label, const RunFigures& stock, const RunFigures& figures) {
  const Change against = change(stock, figures);
  fmt::print("{:<26} {:>10.2f} {:>9.2f} {:>8.2f} {:>10.4f} {:>+9.1f} % {:>+9.1f} %\n", label,
             figures.energy_joules, figures.seconds, figures.mean_power_watts,
             figures.latency_mean_seconds, 100.0 * against.saving, 100.0 * against.latency);
}

void print_text(const SweepOptions& options, const EvaluationPlan& plan,
                const Sweep& sweep_result) {
  const std::vector<OraclePoint>& points = sweep_result.table.points;
  fmt::print("{}, {}: {} x {} settings, {} requests in batches of {}\n",
             plan.configs.front().board.title, options.workload, sweep_result.knobs[0].name,
             sweep_result.knobs[1].name, options.requests, options.batch);
  fmt::print("{:<26} {:>10} {:>9} {:>8} {:>10} {:>11} {:>11}\n", "", "energy J", "time s", "W",
             "latency s", "saving", "latency");
  print_line("stock", sweep_result.stock, sweep_result.stock);
  const auto label = [&](const OraclePoint& point) {
    return fmt::format("cpu {:g} gpu {:g} MHz", value(sweep_result, point, 0) / 1e6,
                       value(sweep_result, point, 1) / 1e6);
  };
  if (sweep_result.table.best) {
    const OraclePoint& best = points[*sweep_result.table.best];
    fmt::print("minimum of {} settings\n", points.size());
    print_line(label(best), sweep_result.stock, best.figures);
  }
  fmt::print("Pareto front of energy and latency, fastest first\n");
  for (const std::size_t i : sweep_result.front) {
    print_line(label(points[i]), sweep_result.stock, points[i].figures);
  }
}

void run_command(const SweepOptions& options) {
  const BoardConfig board = load_board(options.board);
  const EvaluationPlan plan = plan_of(options, board);
  const Sweep sweep_result = run_sweep(plan);
  if (options.json) {
    print_json(options, plan, sweep_result);
  } else if (options.csv) {
    print_csv(sweep_result);
  } else {
    print_text(options, plan, sweep_result);
  }
}

void add_options(CLI::App& command, SweepOptions& options) {
  command.add_option("--board", options.board, "Id of a board, or the path of its file")
      ->type_name("B")
      ->required();
  command.add_option("--workload", options.workload, "Id of a workload, or the path of its file")
      ->type_name("W")
      ->required();
  command.add_option("--mode", options.mode, "nvpmodel mode (default: the board's)")
      ->type_name("ID");
  command
      .add_option("--cpu-floor-hz", options.cpu_floor_hz,
                  "Lowest CPU frequency instead of the mode's")
      ->type_name("HZ")
      ->check(above_zero());
  command.add_option("--requests", options.requests, "Requests per setting")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
      ->capture_default_str();
  command.add_option("--batch", options.batch, "Requests outstanding, served as one batch")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads; the results do not depend on it")
      ->type_name("N")
      ->check(CLI::Range(1, 256))
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
  command->footer(
      "A saturated job: a batch is outstanding until all requests are done. Saving and latency "
      "are\n"
      "changes against the stock governors.\n"
      "Examples:\n"
      "  flyball sweep --board nano-4gb --workload resnet18\n"
      "  flyball sweep --board xavier-nx-8gb --workload resnet18 --batch 32 --csv > sweep.csv");
  command->callback([options] { run_command(*options); });
}

}  // namespace flyball
