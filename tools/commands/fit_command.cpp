#include "tools/commands/fit_command.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "env/errors.h"
#include "env/output_file.h"
#include "tools/config/board_config.h"
#include "tools/config/config_directory.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/reports/fit_report.h"
#include "tools/reports/html/fit_page.h"
#include "tools/separate_output.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

// A row off by about this factor was written in another unit.
constexpr double kUnitFactor = 1000.0;
constexpr double kUnitTolerance = 3.0;

struct FitOptions {
  std::string measurements;
  std::string board;
  std::vector<std::string> assignments;
  std::string output;
  std::vector<std::string> columns;
  std::vector<std::string> filters;
  std::vector<std::string> without;
  std::vector<std::string> ignored;
  double batch = 1.0;
  std::string duplicates = "refuse";
  std::string residual = "gp";
  std::size_t train_rows = 0;
  std::size_t repeats = 5;
  std::uint64_t seed = 1;
  std::optional<double> latency_limit_seconds;
  bool json = false;
  std::string report;  // folder
};

MeasurementSource source_of(const FitOptions& options) {
  MeasurementSource source;
  source.file = options.measurements;
  for (const std::string& text : options.columns) {
    source.columns.push_back(as_usage([&] { return parse_column(text); }));
  }
  for (const std::string& text : options.filters) {
    source.filters.push_back(as_usage([&] { return parse_filter(text); }));
  }
  for (const FitKnob knob : {FitKnob::kCpu, FitKnob::kGpu, FitKnob::kEmc, FitKnob::kBatch}) {
    for (const std::string& name : options.without) {
      if (name == to_string(knob)) source.left_out.push_back(knob);
    }
  }
  source.ignored = options.ignored;
  source.batch = options.batch;
  source.duplicates = options.duplicates == "mean" ? Duplicates::kMean : Duplicates::kRefuse;
  return source;
}

[[noreturn]] void stop_interrupted() { throw Interrupted("interrupted; nothing was written"); }

// Progress of one part of the work, and Ctrl-C.
ValidationProgress shown_by(Progress& progress) {
  return [&progress](double share) {
    progress.update(std::round(100.0 * share));
    return !interrupted();
  };
}

// A board without [electrical] says nothing of its rails: names decide.
std::vector<RailMix> rails_of(const BoardConfig& board) {
  if (board.electrical) return board.electrical->rails;
  const Board& facts = board.board;
  std::vector<RailMix> rails(facts.rails.size());
  RailMix left{1.0, 1.0, 1.0, 1.0};
  std::optional<std::size_t> whole;
  if (facts.module_rails.size() == 1) whole = facts.module_rails.front();
  std::optional<std::size_t> rest = whole;
  for (std::size_t r = 0; r < rails.size(); ++r) {
    if (r == whole) continue;
    const std::string& name = facts.rails[r];
    if (left.gpu > 0.0 && name.find("GPU") != std::string::npos) {
      rails[r].gpu = std::exchange(left.gpu, 0.0);
    } else if (left.cpu > 0.0 && name.find("CPU") != std::string::npos) {
      rails[r].cpu = std::exchange(left.cpu, 0.0);
    } else if (!rest) {
      rest = r;
    }
  }
  if (whole) left = {1.0, 1.0, 1.0, 1.0};
  RailMix& mix = rails.at(rest.value_or(0));
  mix = {mix.cpu + left.cpu, mix.gpu + left.gpu, mix.emc + left.emc, mix.base + left.base};
  return rails;
}

// A single row in another unit is no outlier to be left out in silence.
void refuse_unit_slips(const FitReport& report) {
  for (const OutlierRow& outlier : report.fit->outliers) {
    const double ratio = outlier.row.seconds / outlier.expected.seconds;
    const double factor = std::max(ratio, 1.0 / ratio);
    if (factor < kUnitFactor / kUnitTolerance || factor > kUnitFactor * kUnitTolerance) continue;
    throw DataError(fmt::format(
        "{}:{}: {:g} s, where the other rows say {:.3g} s: off by 1000 in this row?",
        report.set.file.string(), outlier.row.line, outlier.row.seconds, outlier.expected.seconds));
  }
}

void fit_all(const FitOptions& options, const BoardConfig& board, FitReport& report) {
  {
    Progress progress("fit", 100.0);
    progress.update(0.0);
    report.fit = fit_rows(report.set, report.set.rows, report.residual);
  }
  if (interrupted()) stop_interrupted();
  refuse_unit_slips(report);
  report.fit->parameters.rails = rails_of(board);
  std::vector<Measurement> used = report.set.rows;
  std::erase_if(used, [&](const Measurement& row) {
    return std::any_of(report.fit->outliers.begin(), report.fit->outliers.end(),
                       [&](const OutlierRow& outlier) { return outlier.row.line == row.line; });
  });
  report.fitted = prediction_errors(*report.fit, used);
  report.latency_limit_seconds = options.latency_limit_seconds;
  const SettingModel model(report.set, used, *report.fit, report.residual);
  report.choice =
      choose_setting(model, measured_grid(report.set), used, options.latency_limit_seconds);
  Progress progress("cross-validation", 100.0);
  report.validation = cross_validate(report.set, *report.fit, report.residual, shown_by(progress));
  if (!report.validation->is_complete) stop_interrupted();
}

void draw_all(const FitOptions& options, FitReport& report) {
  DrawOptions draws;
  draws.train_rows = options.train_rows;
  draws.repeats = options.repeats;
  draws.seed = options.seed;
  draws.latency_limit_seconds = options.latency_limit_seconds;
  draws.residual = report.residual;
  Progress progress("draws", 100.0);
  report.draws = draw_and_fit(report.set, draws, shown_by(progress));
  if (interrupted()) stop_interrupted();
  report.draw_options = draws;
}

void run_fit(const FitOptions& options) {
  if (options.output.empty() && options.train_rows == 0) {
    throw UsageError("-o W.toml or --train-rows N is needed: what is to be made of the fit?");
  }
  if (!options.output.empty()) {
    require_separate(options.output,
                     {options.measurements, find_config("boards", options.board).string()});
    require_writable(options.output);
    keep_stdout_for(options.output);
  }
  prepare_report(options.report);
  const MeasurementSource source = source_of(options);
  const BoardConfig board = load_board(options.board, board_assignments(options.assignments));
  FitReport report;
  report.board = board.board.id;
  report.set = with_nothing_to_keep([&] { return read_measurements(source, board.board); });
  report.residual =
      options.residual == "none" ? ResidualKind::kNone : ResidualKind::kGaussianProcess;
  if (options.train_rows > 0) draw_all(options, report);
  if (!options.output.empty()) {
    fit_all(options, board, report);
    write_output(options.output, workload_file(report, board.board));
  }
  if (!options.report.empty()) write_report_page(options.report, fit_page(report, typed_command()));
  if (options.json) {
    nlohmann::ordered_json json = to_json(report);
    if (!options.output.empty()) json["output"] = options.output;
    say("{}\n", json.dump(2));
    return;
  }
  say("{}", to_text(report));
  if (!options.output.empty()) say("wrote {}\n", options.output);
}

void add_reading_options(CLI::App& command, FitOptions& options) {
  command
      .add_option("--measurements", options.measurements, "CSV file with a header, a row a setting")
      ->type_name("F.csv")
      ->required();
  command.add_option("--board", options.board, "Id of a board, or the path of its file")
      ->type_name("B")
      ->required();
  add_set_option(command, options.assignments, "board.power.module=VDD_IN");
  command
      .add_option("--column", options.columns,
                  "What a column means, where its name does not say it; may be repeated")
      ->type_name("ROLE=NAME[:UNIT]");
  command
      .add_option("--where", options.filters,
                  "Only rows where this holds (= != < <= > >=); may be repeated")
      ->type_name("NAME=VALUE");
  command.add_option("--without", options.without, "Leave a knob's column out of the model")
      ->type_name("KNOB")
      ->check(CLI::IsMember({"cpu", "gpu", "emc", "batch"}));
  command
      .add_option(
          "--ignore", options.ignored,
          "A column in which rows may differ: no setting, and no other device or job; may be "
          "repeated")
      ->type_name("NAME");
  command
      .add_option("--batch", options.batch, "Requests in each row's batch, where no column says it")
      ->type_name("N")
      ->check(whole_in(1, 65536))
      ->capture_default_str();
  command
      .add_option("--duplicates", options.duplicates,
                  "Settings measured more than once: refuse, or take the mean")
      ->type_name("HOW")
      ->check(CLI::IsMember({"refuse", "mean"}))
      ->capture_default_str();
}

void add_fitting_options(CLI::App& command, FitOptions& options) {
  command.add_option("-o,--output", options.output, "The workload file to write")
      ->type_name("W.toml");
  command
      .add_option("--residual", options.residual,
                  "What the formulas leave over: gp, a Gaussian process, or none")
      ->type_name("HOW")
      ->check(CLI::IsMember({"gp", "none"}))
      ->capture_default_str();
  command
      .add_option("--train-rows", options.train_rows,
                  "Fit on N random rows and predict the others instead; with -o as well")
      ->type_name("N")
      ->check(whole_in(1, 1000000));
  command.add_option("--repeats", options.repeats, "Draws of --train-rows")
      ->type_name("K")
      ->check(whole_in(1, 10000))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Of the first draw; the next ones count up")
      ->check(seed_number())
      ->type_name("S")
      ->capture_default_str();
  command
      .add_option("--latency-limit", options.latency_limit_seconds,
                  "Only settings whose batch takes no longer, with 95 %, are chosen")
      ->type_name("SECONDS")
      ->check(above_zero());
  command
      .add_option("--report", options.report,
                  "Write an HTML page to this folder: tables and figures, opens offline")
      ->type_name("DIR");
  command.add_flag("--json", options.json, "One JSON document on stdout; errors are shares");
}

}  // namespace

void add_fit_command(CLI::App& app, CommandResult&) {
  auto options = std::make_shared<FitOptions>();
  CLI::App* command = app.add_subcommand(
      "fit", "Make a workload file of a board's measurements, and say how far to trust it");
  add_reading_options(*command, *options);
  add_fitting_options(*command, *options);
  command->footer(
      "Roles: cpu, gpu, emc (Hz kHz MHz GHz); batch; clients; time per batch (s ms us) or\n"
      "throughput in requests (1/s); power (W mW), energy per batch or request_energy (J mJ).\n"
      "Common names like gpu_freq_hz, batch_size, latency_ms or power_mw are recognised, and "
      "printed.\n"
      "Clients keep one request each outstanding: by Little's law half of them are in the batch.\n"
      "Knobs that never varied are left out of the model, with a warning; rows that fit neither\n"
      "the formulas nor their neighbours are left out and named. Errors are means of "
      "|predicted /\n"
      "measured - 1|. The cheapest setting lies within the measured levels; one that was not "
      "measured\n"
      "is named only where it is better by more than is unknown of it. Regret: true energy per\n"
      "request of the chosen setting over the least, minus 1.\n"
      "Examples:\n"
      "  flyball fit --measurements sweep.csv --board nano-4gb -o mine.toml\n"
      "  flyball sweep --board nano-4gb --workload mine.toml\n"
      "  flyball fit --measurements agx.csv --board agx-xavier-32gb --where workload=ViT \\\n"
      "    --column cpu=cpu_khz:kHz --column time=step_ms:ms --column energy=step_mj:mJ -o "
      "vit.toml\n"
      "  flyball fit --measurements agx.csv --board agx-xavier-32gb --train-rows 100 --repeats 5 "
      "--json");
  command->callback([options] { run_fit(*options); });
}

}  // namespace flyball
