#include "tools/commands/reproduce_command.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "env/errors.h"
#include "env/output_file.h"
#include "env/text_file.h"
#include "tools/console.h"
#include "tools/program.h"
#include "tools/reproduce/common/results_page.h"
#include "tools/reproduce/experiments.h"

namespace flyball {

namespace {

// ISO 8601, UTC.
std::string today() { return measured("").date; }

struct ReproduceOptions {
  std::string table;
  std::string data;
  std::string cells = "all";
  std::string plot;
  std::string markdown;
  std::optional<std::uint64_t> seeds;
  std::string date = today();
  std::string keep;
  std::string shard;
  unsigned threads = 2;
  bool quick = false;
  bool json = false;
};

ExperimentOptions experiment_options(const ReproduceOptions& options) {
  ExperimentOptions result;
  result.data = options.data;
  const bool hardest = options.table == "agent" && options.cells == "quick";
  if (options.quick || hardest) result.effort = Effort::kQuick;
  result.seeds = options.seeds;
  result.date = options.date;
  if (!options.plot.empty()) result.plot = options.plot;
  result.threads = options.threads;
  result.keeping.file = options.keep;
  if (!options.shard.empty()) {
    result.keeping.shard = as_usage([&] { return parse_shard(options.shard); });
  }
  return result;
}

// The measurements are not part of Flyball: without them there is nothing to compare with.
void skip(const ReproduceOptions& options, const Experiment& experiment) {
  const std::string why = fmt::format(
      "{}: no such folder, so the table {} is skipped: nothing was compared (--data names the "
      "folder of {})",
      options.data, options.table, experiment.data.holds);
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"table", options.table}, {"rows", nlohmann::json::array()}, {"skipped", why}};
    say("{}\n", json.dump(2));
  }
  remark("flyball reproduce: {}\n", why);
}

void check_keeping(const ReproduceOptions& options, const Experiment& experiment) {
  if (!options.shard.empty() && options.keep.empty()) {
    throw UsageError("--shard needs --keep FILE, which its results are kept in");
  }
  if (options.keep.empty() || experiment.is_kept) return;
  throw UsageError(
      fmt::format("the table {} is made at once: without --keep and --shard", options.table));
}

// The command as it is written down: with what changes the figures.
std::string command_line(const ReproduceOptions& options) {
  std::string text = "flyball reproduce " + options.table;
  if (!options.data.empty()) text += " --data DIR";
  if (options.cells != "all") text += " --cells " + options.cells;
  if (options.seeds) text += fmt::format(" --seeds {}", *options.seeds);
  const bool always = find_experiment(options.table).is_kept || options.table == "dvfo" ||
                      options.table == "finetune" || options.table == "pessimism";
  const bool counts_seeds = options.table == "ablation" || options.table == "offload";
  const bool draws = always || (options.seeds && !counts_seeds);
  if (draws) text += " --date " + options.date;
  if (options.quick) text += " --quick";
  return text;
}

// The page as it will be. Throws DataError where it has no place for the section.
std::string page_with(const std::string& section, const ReproduceOptions& options,
                      const Experiment& experiment) {
  const bool is_there = std::filesystem::is_regular_file(options.markdown);
  const std::string page = is_there ? read_text_file(options.markdown) : "";
  try {
    return with_results(page, fmt::format("{}: {}", experiment.name, experiment.shows), section);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", options.markdown, error.what()));
  }
}

int run_reproduce(const ReproduceOptions& options) {
  const Experiment& experiment =
      as_usage([&]() -> const Experiment& { return find_experiment(options.table); });
  if (experiment.needs == Needs::kMeasurements) {
    if (options.data.empty()) {
      throw UsageError(fmt::format("the table {} needs --data DIR, the folder of {}", options.table,
                                   experiment.data.holds));
    }
    if (!std::filesystem::is_directory(options.data)) {
      skip(options, experiment);
      return kExitOk;
    }
    require_data(experiment, options.data);
  }
  check_keeping(options, experiment);
  const ExperimentOptions asked = experiment_options(options);
  for (const std::string& file : {options.plot, options.markdown}) {
    if (file.empty()) continue;
    require_writable(file);
    keep_stdout_for(file);
  }
  if (!options.markdown.empty()) page_with("", options, experiment);  // told before the work
  const ReproductionTable table = run_experiment(experiment, asked);
  if (options.json) {
    say("{}\n", table.to_json().dump(2));
  } else {
    say("{}", table.to_text());
  }
  if (table.rows().empty()) return kExitOk;  // a shard
  if (!options.markdown.empty()) {
    const std::string section = results_section(measured(command_line(options)), table);
    write_output(options.markdown, page_with(section, options, experiment));
  }
  return table.holds() ? kExitOk : kExitFailed;
}

// "  rpe          best fixed ..." for every experiment.
std::string list_of_experiments() {
  std::string text;
  for (const Experiment& experiment : experiments()) {
    text += fmt::format("  {:<14}{}{}\n", experiment.name, experiment.shows,
                        experiment.needs == Needs::kMeasurements ? "; needs --data" : "");
  }
  return text;
}

}  // namespace

void add_reproduce_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command =
      app.add_subcommand("reproduce", "Set published, measured or asked figures beside ours");
  command->add_option("table", options->table, "Which figures, see below")
      ->type_name("TABLE")
      ->required();
  command
      ->add_option(
          "--data", options->data,
          "Folder of the measurements, for tables that need them; offload, processes: of the "
          "images")
      ->type_name("DIR");
  command
      ->add_option("--cells", options->cells,
                   "agent: all 18 cells, or quick: the hardest of each board")
      ->type_name("CELLS")
      ->check(CLI::IsMember({"all", "quick"}))
      ->capture_default_str();
  command->add_option("--plot", options->plot, "concurrent, front: write the curves as SVG")
      ->type_name("FILE");
  command
      ->add_option("--markdown", options->markdown,
                   "Write the table, with command, commit, machine and date, into this page; what "
                   "else stands in it is kept")
      ->type_name("FILE");
  command
      ->add_option(
          "--seeds", options->seeds,
          "agent, ablation, blind, delay, peers, dvfo, finetune, bofl, search, searches, offload: "
          "seeds per cell, arm or job, instead of 5, 3, 20, 20, 5, 20, 20, 30, 20, 20 or 3")
      ->check(whole_in(1, 1000));
  command
      ->add_option(
          "--date", options->date,
          "blind, delay, peers, dvfo, finetune, and agent, bofl, search and searches with --seeds: "
          "what seeds are drawn from, any text (default: today)")
      ->type_name("DATE");
  command->add_option("--threads", options->threads, "Threads; the figures do not depend on them")
      ->check(whole_in(1, 256))
      ->capture_default_str();
  command
      ->add_option(
          "--keep", options->keep,
          "blind, delay, peers: keep the result of every job in this file as it is done; the same "
          "command goes on from there")
      ->type_name("FILE");
  command
      ->add_option(
          "--shard", options->shard,
          "With --keep: only the I-th of N parts of the jobs, as 3/16; then `flyball merge`")
      ->type_name("I/N");
  command->add_flag("--quick", options->quick, "Leave out what takes minutes");
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "Tables:\n" + list_of_experiments() +
      "Exits with 1 if a figure does not hold. The measurements are not part of Flyball; where "
      "the\nfolder is absent the table is skipped, with a message and exit code 0.\n"
      "Examples:\n"
      "  flyball reproduce rpe\n"
      "  flyball reproduce loudva --data DIR\n"
      "  flyball reproduce changing --quick\n"
      "  flyball reproduce blind --seeds 20 --date D --shard 3/16 --keep part3.jsonl\n"
      "  flyball reproduce front --plot front.svg --markdown tests/results/front.md");
  command->callback([options, &result] { result.exit_code = run_reproduce(*options); });
}

}  // namespace flyball
