#include "tools/commands/evaluate_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "env/output_file.h"
#include "tools/commit.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/scenario_name.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/preference_options.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/reports/evaluation_report.h"
#include "tools/separate_output.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct EvaluateOptions {
  std::string scenario;  // empty: `plain`
  PlainLoad plain;
  std::vector<std::string> assignments;
  std::string governors = "stock,performance,powersave,best-fixed";
  Preference preference;  // of the policies
  std::optional<int> mode;
  std::optional<double> deadline_seconds;
  std::optional<std::size_t> seeds;
  bool no_guard = false;
  unsigned threads = 2;
  std::string json;  // "-": stdout
  std::string csv;
  std::string markdown;
};

// The scenario's own, or as many as asked for from its first on.
std::vector<std::uint64_t> seeds_of(const Scenario& scenario, const EvaluateOptions& options) {
  if (!options.seeds) return scenario.seeds;
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < *options.seeds; ++i) seeds.push_back(scenario.seeds.front() + i);
  return seeds;
}

// The scenario as the command line wants it: limits hold for every governor.
Scenario scenario_of(const EvaluateOptions& options) {
  Scenario scenario = options.scenario.empty()
                          ? plain_scenario(options.plain, options.assignments)
                          : load_scenario(options.scenario, options.assignments);
  if (options.mode) scenario.mode = find_mode(scenario.board.board, *options.mode);
  if (options.deadline_seconds) scenario.arrivals.deadline_seconds = options.deadline_seconds;
  if (options.preference.latency_limit_seconds) {
    scenario.objective.latency_mean_factor.reset();
    scenario.objective.latency_mean_seconds = options.preference.latency_limit_seconds;
  }
  if (options.preference.miss_limit) {
    scenario.objective.in_time_share = 1.0 - *options.preference.miss_limit;
  }
  return scenario;
}

std::vector<GovernorChoice> governors_of(const EvaluateOptions& options) {
  std::vector<GovernorChoice> governors =
      as_usage([&] { return parse_governors(options.governors); });
  const bool has_policy = std::any_of(governors.begin(), governors.end(),
                                      [](const auto& choice) { return choice.policy != nullptr; });
  if (options.preference.eta && !has_policy) {
    throw UsageError("--eta is for policies, and --governors names none");
  }
  for (GovernorChoice& choice : governors) {
    if (!choice.policy) continue;
    choice.guarded = !options.no_guard;
    choice.policy = std::make_shared<const PolicyFile>(
        preferred(*choice.policy, options.preference, choice.name));
  }
  return governors;
}

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

ordered_json document(const EvaluateOptions& options, const Scenario& scenario,
                      const EvaluationPlan& plan, const Evaluation& evaluation) {
  ordered_json json = {{"flyball", FLYBALL_VERSION},
                       {"scenario", scenario.id},
                       {"title", scenario.title},
                       {"board", scenario.board.board.id},
                       {"nvpmodel", scenario.mode.id},
                       {"workload", scenario.workload.id},
                       {"seeds", plan.seeds},
                       {"period_seconds", plan.loop.period_seconds},
                       {"sample_seconds", plan.loop.sample_seconds},
                       {"think_seconds", plan.loop.simulated_think_seconds->mean_seconds()}};
  if (!options.assignments.empty()) json["set"] = options.assignments;
  if (options.plain.frames_per_second) {
    json["frames_per_second"] = *options.plain.frames_per_second;
  }
  if (options.preference.eta) json["eta"] = *options.preference.eta;
  if (options.deadline_seconds) json["deadline_seconds"] = *options.deadline_seconds;
  json.update(to_json(evaluation));
  json["decision_times"] = decision_times(evaluation);
  return json;
}

std::string headline(const Scenario& scenario, const EvaluationPlan& plan) {
  return fmt::format("{} ({}, {} seed{})", scenario.title, scenario.id, plan.seeds.size(),
                     plan.seeds.size() == 1 ? "" : "s");
}

std::string markdown_page(const Scenario& scenario, const EvaluationPlan& plan,
                          const Evaluation& evaluation) {
  return fmt::format("## {}\n`{}`, flyball {}, commit {}\n\n{}", headline(scenario, plan),
                     typed_command(), FLYBALL_VERSION, commit(), to_markdown(evaluation));
}

// The scenario, and what --governors names: those that are no files are nobody's.
std::vector<std::string> inputs_of(const EvaluateOptions& options) {
  std::vector<std::string> inputs;
  if (!options.scenario.empty()) {
    const std::string name = parse_scenario_name(options.scenario).id_or_path;
    inputs.push_back(find_config("scenarios", name).string());
  }
  std::istringstream items(options.governors);
  for (std::string item; std::getline(items, item, ',');) inputs.push_back(item);
  return inputs;
}

// Whether they can be written is told before long work begins.
void prepare_outputs(const EvaluateOptions& options) {
  for (const std::string& output : {options.json, options.csv, options.markdown}) {
    if (output.empty() || output == "-") continue;
    require_separate(output, inputs_of(options));
    require_writable(output);
  }
  if (options.json != "-") keep_stdout_for(options.json);
  keep_stdout_for(options.csv);
  keep_stdout_for(options.markdown);
}

void check_load(const EvaluateOptions& options) {
  const bool is_plain = !options.plain.board.empty() || !options.plain.workload.empty();
  if (options.scenario.empty() && (options.plain.board.empty() || options.plain.workload.empty())) {
    throw UsageError("--scenario S is required, or --board B and --workload W");
  }
  if (!options.scenario.empty() && (is_plain || options.plain.frames_per_second)) {
    throw UsageError(
        "--scenario has its own board, workload and arrivals: without --board, "
        "--workload and --fps");
  }
}

int run_evaluate(const EvaluateOptions& options) {
  check_load(options);
  prepare_outputs(options);
  const std::vector<GovernorChoice> governors = governors_of(options);
  const Scenario scenario = scenario_of(options);
  EvaluationPlan plan = make_plan(scenario, seeds_of(scenario, options));
  plan.threads = options.threads;
  as_usage([&] { return oracle_knobs(plan, governors); });
  Evaluation evaluation;
  {
    EvaluationDisplay display;
    evaluation = evaluate_until_stopped(
        plan, governors,
        [&display](const std::string& what, double share) { return display.update(what, share); });
  }
  const int exit_code = evaluation.unfinished.empty() ? kExitOk : kExitInterrupted;
  if (exit_code != kExitOk) {
    remark("flyball evaluate: interrupted; the results are partial: without {}\n",
           fmt::join(evaluation.unfinished, ", "));
  }
  const ordered_json json = document(options, scenario, plan, evaluation);
  if (!options.csv.empty()) {
    write_output(options.csv, csv_line(csv_header()) + to_csv(evaluation, scenario.id));
  }
  if (!options.markdown.empty()) {
    write_output(options.markdown, markdown_page(scenario, plan, evaluation));
  }
  if (options.json == "-") {
    say("{}\n", json.dump(2));
    return exit_code;
  }
  say("{}\n{}", headline(scenario, plan), to_text(evaluation));
  if (options.json.empty()) return exit_code;
  write_output(options.json, json.dump(2) + "\n");
  say("results: {}\n", options.json);
  return exit_code;
}

}  // namespace

void add_evaluate_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Compare governors on a scenario, all on the same requests");
  command
      ->add_option("--scenario", options->scenario,
                   "Id in configs/scenarios, or the path of a file")
      ->type_name("S");
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
      ->add_option("--governors", options->governors,
                   "stock, best-fixed (or oracle), queue-table, kernel governors, jetson_clocks, "
                   "nvpmodel:ID, fixed:KNOB=VALUE,..., policy files; separated by commas")
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
      "A latency or miss limit given here is the scenario's, too: every governor is held to it.\n"
      "Examples:\n"
      "  flyball evaluate --scenario quickstart\n"
      "  flyball evaluate --scenario quickstart --governors stock,oracle,P.flyball --json "
      "OUT.json\n"
      "  flyball evaluate --scenario quickstart --governors oracle,P.flyball --latency-limit 0.7\n"
      "  flyball evaluate --scenario quickstart --governors stock,fixed:cpu=1.2GHz,gpu=614.4MHz\n"
      "  flyball evaluate --board orin-nx-16gb --workload resnet18 --fps 15 --deadline 0.1");
  command->callback([options, command, &result] {
    if (command->count("--json") > 0 && options->json.empty()) options->json = "-";
    options->plain.deadline_seconds = options->deadline_seconds;
    result.exit_code = run_evaluate(*options);
  });
}

}  // namespace flyball
