#include "tools/commands/twin_command.h"

#include <fmt/format.h>

#include <algorithm>
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
  std::vector<std::string> logs;
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

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// What the twin came to on one log.
struct LogVerdict {
  std::string log;
  ReplayReport fitted;
  ReplayReport held_out;
  std::vector<Occupation> first_uses;
};

ReplayReport part_report(const TwinReplay& log, std::size_t first, std::size_t count,
                         std::size_t blocks) {
  return replay_report(std::span(log.logged).subspan(first, count),
                       std::span(log.replayed).subspan(first, count), blocks);
}

std::vector<LogVerdict> verdicts(const Twin& twin, const TwinOptions& options) {
  std::vector<LogVerdict> all;
  for (std::size_t i = 0; i < twin.logs.size(); ++i) {
    const TwinReplay& log = twin.logs[i];
    const std::size_t first = log.fitted_rows - 1;
    all.push_back({options.logs[i], part_report(log, 0, log.fitted_rows, 1),
                   part_report(log, first, log.logged.size() - first, kBlocks), log.first_uses});
  }
  return all;
}

bool holds(const std::vector<LogVerdict>& all) {
  return std::all_of(all.begin(), all.end(), [](const LogVerdict& verdict) {
    return verdict.held_out.shortcomings().empty();
  });
}

// Of all logs the most careful one.
double latency_margin(const std::vector<LogVerdict>& all) {
  double margin = 1.0;
  for (const LogVerdict& verdict : all) {
    margin = std::min(margin, verdict.held_out.judgement.latency_margin());
  }
  return margin;
}

std::string margin_text(const std::vector<LogVerdict>& all) {
  return fmt::format(
      "a setting chosen on this twin should keep {:.2f} of every limit on latency: the board may "
      "be "
      "so much\nslower (flyball train does so in a validation on it; flyball evaluate --deadline, "
      "--latency-limit)\n",
      latency_margin(all));
}

std::string twin_file(const Twin& twin, const std::vector<LogVerdict>& all, const Board& board) {
  std::string text =
      fmt::format("# Written by `flyball twin` {}, on {}.\n", FLYBALL_VERSION, board.title);
  std::string names;
  for (const LogVerdict& verdict : all) {
    const ReplayComparison& judged = verdict.held_out.overall;
    text += fmt::format(
        "# Fitted to the first {:.0f} s of {}. The {:.0f} s after that, which it did not see: "
        "energy\n# {:+.1f} %, p95 latency {:+.1f} %.\n",
        verdict.fitted.overall.log.seconds, name_of(verdict.log), judged.log.seconds,
        100.0 * judged.energy_error().value_or(0.0),
        100.0 * judged.latency_p95_error().value_or(0.0));
    names += (names.empty() ? "" : ", ") + name_of(verdict.log);
  }
  text += fmt::format(
      "# A setting chosen on it should keep {:.2f} of every limit on latency: the board may be so "
      "much\n# slower, as far as what was held out tells.\n",
      latency_margin(all));
  if (!holds(all)) text += "# It does not replay them: no policy is to be judged on this.\n";
  text += fmt::format("title = \"Twin of {}\"\nmodel = \"fitted\"\n\n", names);
  text += fmt::format(
      "[twin]  # flyball train holds a validation on it to this\n"
      "latency_margin = {:.2f}\nreplays = {}\n\n",
      latency_margin(all), holds(all));
  return text + fitted_to_toml(twin.parameters, board, twin.serving);
}

std::vector<TelemetryLog> read_logs(const TwinOptions& options) {
  std::vector<TelemetryLog> logs;
  for (const std::string& file : options.logs) {
    logs.push_back(with_nothing_to_keep([&] {
      return read_telemetry_log(
          file, [](const std::string& line) { remark("flyball twin: {}\n", line); });
    }));
  }
  return logs;
}

Twin make_twin(const TwinOptions& options, const BoardConfig& board,
               const std::vector<TelemetryLog>& logs) {
  TwinConfig config;
  config.held_out_share = options.held_out;
  if (!options.measurements.empty()) config.measured = fit_measurements(options, board.board);
  std::vector<TwinLog> sources;
  double seconds = 0.0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::span<const TelemetryRow> rows = replayable_rows(logs[i]);
    if (rows.size() < logs[i].rows.size()) {
      remark(
          "flyball twin: {}: the longest stretch without a gap or a change of mode is used, {} "
          "of {} rows\n",
          options.logs[i], rows.size(), logs[i].rows.size());
    }
    seconds += rows.back().telemetry.time_seconds - rows.front().telemetry.time_seconds;
    sources.push_back({logs[i].header, rows});
  }
  Progress progress("twin", 100.0);
  const Twin twin = fit_twin(sources, board, resident_factory(stock_residents(board.board)), config,
                             [&](double share) {
                               progress.update(std::round(100.0 * share));
                               return !interrupted();
                             });
  if (twin.searched_seconds < 0.95 * (1.0 - options.held_out) * seconds) {
    remark("flyball twin: searched on {:.0f} s, in stretches spread over the {:.0f} s to fit to\n",
           twin.searched_seconds, (1.0 - options.held_out) * seconds);
  }
  return twin;
}

nlohmann::ordered_json to_json(const std::vector<LogVerdict>& all, const Board& board) {
  nlohmann::ordered_json json = {{"board", board.id},
                                 {"latency_margin", latency_margin(all)},
                                 {"logs", nlohmann::ordered_json::array()}};
  for (const LogVerdict& verdict : all) {
    json["logs"].push_back({{"log", verdict.log},
                            {"first_uses", to_json(verdict.first_uses)},
                            {"fitted", to_json(verdict.fitted)},
                            {"held_out", to_json(verdict.held_out)}});
  }
  return json;
}

void print(const LogVerdict& verdict) {
  say("{}: fitted to the first {:.0f} s\n{}{}\n", verdict.log, verdict.fitted.overall.log.seconds,
      to_text(verdict.fitted), first_uses_text(verdict.first_uses));
  say("held out: the {:.0f} s after that\n{}{}{}\n", verdict.held_out.overall.log.seconds,
      to_text(verdict.held_out), verdict_text(verdict.held_out), judgement_text(verdict.held_out));
}

void run_twin(const TwinOptions& options, CommandResult& result) {
  std::vector<std::string> inputs = options.logs;
  inputs.push_back(options.measurements);
  require_separate(options.output, inputs);
  require_writable(options.output);
  keep_stdout_for(options.output);
  const std::vector<TelemetryLog> logs = read_logs(options);
  const BoardConfig board =
      load_board(options.board.empty() ? logs.front().header.plant.board : options.board,
                 board_assignments(options.assignments));
  const Twin twin = make_twin(options, board, logs);
  const std::vector<LogVerdict> all = verdicts(twin, options);
  const bool writes = holds(all) || options.force;
  if (writes) write_output(options.output, twin_file(twin, all, board.board));
  if (!holds(all)) result.exit_code = kExitFailed;
  if (options.json) {
    nlohmann::ordered_json json = to_json(all, board.board);
    if (writes) json["output"] = options.output;
    say("{}\n", json.dump(2));
    return;
  }
  for (const LogVerdict& verdict : all) print(verdict);
  if (writes) {
    say("{}wrote {}\n", margin_text(all), options.output);
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
  command
      ->add_option("--log", options->logs,
                   "Telemetry log with power and requests; may be repeated: one twin of all")
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
      "The simulation replays the first part of every log again and again: the cycles of GPU, "
      "memory\n"
      "and CPU, host and storage times, what a batch costs, and the watts of base, CPU, GPU and\n"
      "memory are moved until energy, loads, clocks, batches and latencies are the logs', what "
      "the\n"
      "idle board draws by clock, and what rows under low, middle and high pinned clocks came to.\n"
      "Idle railgating, polling that stalls and answers by group are tried. Of more than 20 "
      "minutes\n"
      "or 20,000 requests stretches are searched that lie evenly in them. When the server tuned "
      "itself\n"
      "is taken from the logs. The last parts decide: exit code 1, and no file, where the twin "
      "does\n"
      "not replay each within {:g} % energy, {:g} MHz and {:g} % p95 latency. The file says what\n"
      "margin a limit on latency needs on it. A log with random settings (flyball\n"
      "simulate, flyballd explore) tells the clocks' effects apart; the stock governors alone "
      "hardly do.\n"
      "Examples:\n"
      "  flyball twin --log log.csv -o twin.toml\n"
      "  flyball twin --log monday.csv --log tuesday.csv --measurements sweep.csv -o twin.toml\n"
      "  flyball replay --log other_day.csv --workload twin.toml",
      100.0 * tolerances.energy_share, tolerances.gpu_hz / 1e6,
      100.0 * tolerances.latency_p95_share));
  command->callback([options, &result] { run_twin(*options, result); });
}

}  // namespace flyball
