#include "tools/commands/evaluate_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation_set.h"
#include "controllers/evaluation/oracle_runs.h"
#include "controllers/evaluation/run_timeline.h"
#include "env/output_file.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/scenario_name.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/evaluation/chrome_trace.h"
#include "tools/evaluation/evaluated_scenario.h"
#include "tools/evaluation/evaluation_page.h"
#include "tools/evaluation/evaluation_work.h"
#include "tools/interrupt.h"
#include "tools/jobs/program_identity.h"
#include "tools/jobs/shard.h"
#include "tools/preference_options.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/scratch_folder.h"
#include "tools/separate_output.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

// Shows one piece of work after the other.
class EvaluationDisplay {
 public:
  bool update(const std::string& what, double share) {
    if (what != what_) {
      progress_.reset();
      progress_ = std::make_unique<Progress>("evaluate " + what, 100.0);
      what_ = what;
    }
    progress_->update(std::round(100.0 * share));
    return !interrupted();
  }

 private:
  std::string what_;
  std::unique_ptr<Progress> progress_;
};

// The scenario, and what --governors names: those that are no files are nobody's.
std::vector<std::string> inputs_of(const EvaluateOptions& options) {
  std::vector<std::string> inputs;
  for (const std::string& scenario : options.scenarios) {
    const std::string name = parse_scenario_name(scenario).id_or_path;
    inputs.push_back(find_config("scenarios", name).string());
  }
  for (const std::string& item : comma_separated(options.governors)) inputs.push_back(item);
  return inputs;
}

// Whether they can be written is told before long work begins.
void prepare_outputs(const EvaluateOptions& options) {
  for (const std::string& output : {options.json, options.csv, options.markdown, options.trace}) {
    if (output.empty() || output == "-") continue;
    require_separate(output, inputs_of(options));
    require_writable(output);
  }
  prepare_report(options.report);
  if (options.json != "-") keep_stdout_for(options.json);
  keep_stdout_for(options.csv);
  keep_stdout_for(options.markdown);
  keep_stdout_for(options.trace);
}

void check_load(const EvaluateOptions& options) {
  const bool is_plain = !options.plain.board.empty() || !options.plain.workload.empty();
  const bool has_scenario = !options.scenarios.empty() || !options.suite.empty();
  if (!options.scenarios.empty() && !options.suite.empty()) {
    throw UsageError("--suite names its scenarios itself: without --scenario");
  }
  if (options.suite.empty() && !options.data.empty()) {
    throw UsageError("--data is the folder of a suite's measurements: with --suite");
  }
  if (!has_scenario && (options.plain.board.empty() || options.plain.workload.empty())) {
    throw UsageError("--scenario S is required, or --suite S, or --board B and --workload W");
  }
  if (has_scenario && (is_plain || options.plain.frames_per_second)) {
    throw UsageError(
        "--scenario and --suite have their own board, workload and arrivals: without --board, "
        "--workload and --fps");
  }
  if (!options.shard) return;
  if (options.keep.empty()) throw UsageError("--shard needs --keep FILE: where its runs go");
  if (!options.json.empty() || !options.csv.empty() || !options.markdown.empty() ||
      !options.trace.empty() || !options.report.empty()) {
    throw UsageError(
        "--shard makes a part of the runs and no results: flyball merge puts the parts together, "
        "and flyball evaluate --keep tells them");
  }
}

// "A,B" is two scenarios; a comma behind --set belongs to what is set.
std::vector<std::string> scenario_names(const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const std::string& text : given) {
    if (text.find(" --set ") != std::string::npos) {
      names.push_back(text);
      continue;
    }
    std::istringstream items(text);
    for (std::string item; std::getline(items, item, ',');) {
      if (item.empty()) throw UsageError("--scenario: an empty name among \"" + text + "\"");
      names.push_back(item);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::count(names.begin(), names.end(), names[i]) > 1) {
      throw UsageError(fmt::format("--scenario: {} is named twice", names[i]));
    }
  }
  return names;
}

std::vector<EvaluationTask> tasks_of(const std::vector<EvaluationWork>& work) {
  std::vector<EvaluationTask> tasks;
  for (const EvaluationWork& one : work) tasks.push_back(one.task);
  return tasks;
}

int make_shard(const EvaluateOptions& options, const std::vector<EvaluationWork>& work) {
  EvaluationDisplay display;
  const bool is_done = run_part(
      tasks_of(work), [&](std::size_t run) { return options.shard->has(run); }, options.threads,
      [&](const std::string& what, double share) { return display.update(what, share); });
  say("shard {}/{}: {} in {}\n", options.shard->index + 1, options.shard->count,
      is_done ? "all its runs are" : "interrupted; what is finished is", options.keep);
  return is_done ? kExitOk : kExitInterrupted;
}

// With what an interruption left out.
std::vector<EvaluatedScenario> results_of(std::vector<EvaluationWork>& work,
                                          std::vector<Evaluation>& evaluations,
                                          EvaluationRequest& request) {
  std::vector<EvaluatedScenario> results;
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (i >= evaluations.size()) {
      request.left_out.push_back(work[i].named);
      continue;
    }
    const std::vector<std::string>& unfinished = evaluations[i].unfinished;
    if (!unfinished.empty()) {
      remark("flyball evaluate: interrupted; the results are partial: without {} in {}\n",
             fmt::join(unfinished, ", "), work[i].named);
    }
    results.push_back(
        {work[i].named, std::move(work[i].scenario), work[i].task.plan, std::move(evaluations[i])});
  }
  return results;
}

void write_results(const EvaluateOptions& options, const EvaluationRequest& request,
                   const std::vector<EvaluatedScenario>& results) {
  if (!options.csv.empty()) write_output(options.csv, evaluation_csv(results));
  if (!options.markdown.empty()) {
    write_output(options.markdown, evaluation_markdown(request, results));
  }
  const std::string json = evaluation_document(request, results).dump(2) + "\n";
  if (options.json == "-") {
    say("{}", json);
    return;
  }
  say("{}", evaluation_text(request, results));
  if (options.json.empty()) return;
  write_output(options.json, json);
  say("results: {}\n", options.json);
}

// The runs of the first seed once more, looked on at; per scenario.
std::vector<std::vector<TracedRun>> traced_runs(const std::vector<EvaluationWork>& work,
                                                const std::vector<EvaluatedScenario>& results) {
  std::vector<std::vector<TracedRun>> all;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::vector<TracedRun>& runs = all.emplace_back();
    for (const GovernorChoice& choice : work[i].task.governors) {
      TimelineRecorder recorder;
      EvaluationPlan plan = results[i].plan;
      plan.configs.front().watcher = &recorder;
      if (!repeat_run(plan, results[i].evaluation, choice, 0)) continue;
      runs.push_back({choice.name, recorder.timeline()});
    }
  }
  return all;
}

// As one list: with several scenarios each run's name says which.
std::vector<TracedRun> named_runs(const std::vector<EvaluatedScenario>& results,
                                  const std::vector<std::vector<TracedRun>>& traced) {
  std::vector<TracedRun> runs;
  for (std::size_t i = 0; i < traced.size(); ++i) {
    for (TracedRun run : traced[i]) {
      if (results.size() > 1) run.name = results[i].named + ": " + run.name;
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

// Nothing but the document may stand on stdout.
void tell_file(const EvaluateOptions& options, const char* what, const std::string& file) {
  if (options.json == "-") return;
  say("{}: {}\n", what, file);
}

int run_evaluate(EvaluateOptions options) {
  check_load(options);
  std::optional<Suite> suite;
  if (!options.suite.empty()) {
    suite = load_suite(options.suite);
    if (!options.has_governors)
      options.governors = fmt::format("{}", fmt::join(suite->governors, ","));
  }
  prepare_outputs(options);
  std::optional<KeptResults> results;
  if (!options.keep.empty()) {
    results.emplace(options.keep, "evaluate", program_identity());
  }
  const ScratchFolder scratch;  // of scenarios made of measurements
  std::vector<EvaluationWork> work =
      evaluation_work(options, suite ? &*suite : nullptr, scratch, results ? &*results : nullptr);
  if (options.shard) return make_shard(options, work);
  std::vector<Evaluation> evaluations;
  {
    EvaluationDisplay display;
    evaluations = evaluate_all(
        tasks_of(work), options.threads,
        [&](const std::string& what, double share) { return display.update(what, share); });
  }
  EvaluationRequest request{
      typed_command(),        options.assignments,      options.plain.frames_per_second,
      options.preference.eta, options.deadline_seconds, {}};
  bool is_whole = evaluations.size() == work.size();
  for (const Evaluation& evaluation : evaluations) is_whole &= evaluation.unfinished.empty();
  const std::vector<EvaluatedScenario> found = results_of(work, evaluations, request);
  write_results(options, request, found);
  if (interrupted() || (options.trace.empty() && options.report.empty())) {
    return is_whole ? kExitOk : kExitInterrupted;
  }
  const std::vector<std::vector<TracedRun>> traced = traced_runs(work, found);
  if (!options.trace.empty()) {
    write_output(options.trace, chrome_trace(named_runs(found, traced)));
    tell_file(options, "trace", options.trace);
  }
  if (!options.report.empty()) {
    const auto file = write_report_page(options.report, evaluation_page(request, found, traced));
    tell_file(options, "report", file.string());
  }
  return is_whole ? kExitOk : kExitInterrupted;
}

}  // namespace

void add_evaluate_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Compare governors on a scenario, all on the same requests");
  command
      ->add_option("--scenario", options->scenarios,
                   "Id in configs/scenarios, or the path of a file; several: again, or with commas")
      ->allow_extra_args(false)
      ->type_name("S");
  command
      ->add_option("--suite", options->suite,
                   "Instead: all scenarios of a suite, by id in configs/suites or path, with its "
                   "governors\nunless --governors names others")
      ->type_name("S");
  command
      ->add_option("--data", options->data,
                   "With --suite loudva: the folder of the measurements, which is only read")
      ->type_name("DIR");
  command
      ->add_option("--board", options->plain.board,
                   "Instead of a scenario: id in configs/boards, or the path of a file")
      ->type_name("B");
  command
      ->add_option("--workload", options->plain.workload,
                   "With --board: id in configs/workloads, or the path of a file")
      ->type_name("W");
  command
      ->add_option("--fps", options->plain.frames_per_second,
                   "With --board: a camera of so many frames a second for two minutes (default: "
                   "2000 requests, one as the last is done)")
      ->type_name("RATE")
      ->check(number_in(0.001, 10000.0));
  add_set_option(*command, options->assignments, "arrivals.cameras=2, control.period_seconds=0.5");
  command
      ->add_option(
          "--governors", options->governors,
          "stock, best-fixed (or oracle), best-per-phase, queue-table, fine-tuning, kernel "
          "governors, jetson_clocks, nvpmodel:ID, fixed:KNOB=VALUE,..., policy files; learned: a "
          "policy that the "
          "scenario's recipe\ntrains now; searches, or search:NAME, while they search; "
          "separated by commas")
      ->type_name("LIST")
      ->capture_default_str();
  add_preference_options(*command, options->preference);
  command->add_flag("--no-guard", options->no_guard,
                    "Policies decide also where requests are late or their limit is not kept");
  command->add_option("--mode", options->mode, "nvpmodel mode (default: the scenario's)")
      ->check(whole_in(0, 65535))
      ->type_name("ID");
  command
      ->add_option("--deadline", options->deadline_seconds,
                   "Of every request that has none of its own, instead of the scenario's; with "
                   "--board 99 % are to be in time")
      ->type_name("SECONDS")
      ->check(above_zero());
  command->add_option("--seeds", options->seeds, "Number of runs, instead of the scenario's seeds")
      ->type_name("N")
      ->check(whole_in(1, 10000));
  command->add_option("--threads", options->threads, "Threads; the figures do not depend on them")
      ->type_name("N")
      ->check(whole_in(1, 256))
      ->capture_default_str();
  command
      ->add_option("--json", options->json,
                   "Write the results to this file; without a name: to stdout, and nothing else")
      ->option_text("[OUT.json]")
      ->expected(0, 1)
      ->default_str("-");
  command->add_option("--csv", options->csv, "Write a row per governor and seed to this file")
      ->type_name("OUT.csv");
  command->add_option("--markdown", options->markdown, "Write the tables to this file")
      ->type_name("OUT.md");
  command
      ->add_option(
          "--trace", options->trace,
          "Write the first seed's runs as a trace, for ui.perfetto.dev: settings, batches,\n"
          "watts, clocks, queue")
      ->type_name("OUT.json");
  command
      ->add_option("--report", options->report,
                   "Write an HTML page to this folder: tables and figures, opens offline")
      ->type_name("DIR");
  command
      ->add_option("--keep", options->keep,
                   "Keep every finished run in this file; what is there already is not run again")
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--shard",
          [options](const std::string& text) {
            options->shard = as_usage([&] { return parse_shard(text); });
          },
          "Only this part of the runs, into --keep FILE: 3/16 is the third of 16 (flyball merge)")
      ->type_name("I/N");
  command->footer(
      "Energy and latency are the simulated board's true ones, until the last request is served.\n"
      "in time: of all requests; saving: of stock's energy; 95 % of it: its interval, by a "
      "bootstrap\n"
      "over the seeds; of best: share of the best fixed setting's saving (regret where that is "
      "below "
      "1 %);\n"
      "req/J: performance per watt; late run: most requests missed one after the other; decide us: "
      "on\n"
      "this machine, the median; kept: all served, within the limits. --json has what each clock "
      "was "
      "at.\n"
      "Ctrl-C keeps the governors that are finished: the table says that it is partial; exit code "
      "130.\n"
      "With --keep the same command goes on where it was stopped, to the same bits. Runs of "
      "another\n"
      "version, scenario or policy are not taken. (!): a policy of another board or workload.\n"
      "A latency or miss limit given here is the scenario's, too: every governor is held to it.\n"
      "Examples:\n"
      "  flyball evaluate --scenario quickstart\n"
      "  flyball evaluate --scenario quickstart --governors stock,oracle,P.flyball --json "
      "OUT.json\n"
      "  flyball evaluate --scenario quickstart --governors oracle,P.flyball --latency-limit 0.7\n"
      "  flyball evaluate --scenario quickstart --governors stock,fixed:cpu=1.2GHz,gpu=614.4MHz\n"
      "  flyball evaluate --board orin-nx-16gb --workload resnet18 --fps 15 --deadline 0.1\n"
      "  flyball evaluate --scenario street-tx2,poisson-nano --seeds 20 --keep runs.jsonl\n"
      "  flyball evaluate --suite dynamic --keep dynamic.jsonl --markdown dynamic.md");
  command->callback([options, command, &result] {
    if (command->count("--json") > 0 && options->json.empty()) options->json = "-";
    options->has_governors = command->count("--governors") > 0;
    options->scenarios = scenario_names(options->scenarios);
    options->plain.deadline_seconds = options->deadline_seconds;
    result.exit_code = run_evaluate(*options);
  });
}

}  // namespace flyball
