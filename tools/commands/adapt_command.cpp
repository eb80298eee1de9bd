#include "tools/commands/adapt_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/networks/q_network.h"
#include "agent/training/run_directory.h"
#include "tools/config/config_directory.h"
#include "tools/config/set_option.h"
#include "tools/console.h"
#include "tools/field_options.h"
#include "tools/interrupt.h"
#include "tools/online/adaptation_run.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/separate_output.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct CommandOptions {
  AdaptOptions adapt;
  std::string resume;
  const CLI::Option* duration = nullptr;  // of adapt.duration_seconds
  bool turns = false;
  bool json = false;
};

void print(const ordered_json& report) {
  say("   from      to   J/request  latency s  decisions: policy, chance, residents\n");
  for (const auto& window : report["windows"]) {
    say("{:7.0f} {:7.0f} {:11.4g} {:10.4g} {:9} {:7} {:7}\n", window["begin_seconds"].get<double>(),
        window["end_seconds"].get<double>(), window["joules_per_request"].get<double>(),
        window["latency_seconds"].get<double>(), window["by_policy"].get<std::uint64_t>(),
        window["by_chance"].get<std::uint64_t>(), window["by_residents"].get<std::uint64_t>());
  }
  say("changes   {} noticed; now {}\n", report["changes"].get<std::uint64_t>(),
      report["phase"].get<std::string>());
  say("learning  {} spans, {} gradient steps, {:.0f} per second\n",
      report["spans"].get<std::uint64_t>(), report["steps"].get<std::uint64_t>(),
      report["steps_per_second"].get<double>());
  say("support   {} settings may be chosen\n", report["supported"].get<std::size_t>());
  say("policy    {}\nrun       {}\n", report["policy"].get<std::string>(),
      report["run_directory"].get<std::string>());
}

void check_usage(const CommandOptions& options) {
  const AdaptOptions& adapt = options.adapt;
  if (!options.resume.empty()) return;
  if (adapt.policy.empty()) throw UsageError("a policy is needed (or --resume DIR)");
  if (adapt.scenario.empty()) throw UsageError("--scenario is needed");
  if (adapt.output.empty())
    throw UsageError("-o NAME.flyball is needed: the adapted policy to write");
}

void adapt(const CommandOptions& options, CommandResult& result) {
  check_usage(options);
  set_torch_threads(1);
  const bool resumed = !options.resume.empty();
  AdaptOptions run = resumed ? read_adapt_options(options.resume) : options.adapt;
  if (options.duration->count() > 0) run.duration_seconds = options.adapt.duration_seconds;
  if (!resumed) run.pace = options.turns ? LearnerPace::kTurns : LearnerPace::kHeld;
  if (!resumed) {
    require_separate(run.output, {run.config, find_config("scenarios", run.scenario).string()});
  }
  prepare_output(run.output);
  keep_stdout_for(run.output);
  ordered_json report;
  {
    Progress progress("adapt", run.duration_seconds);
    report = run_adaptation(run, resumed ? AdaptStart::kResumed : AdaptStart::kNew,
                            [&](double now_seconds) {
                              progress.update(now_seconds);
                              return !interrupted();
                            });
  }
  if (options.json) {
    say("{}\n", report.dump(2));
  } else {
    print(report);
  }
  if (report["interrupted"].get<bool>()) result.exit_code = kExitInterrupted;
}

void add_learning_options(CLI::App& command, AdaptOptions& options) {
  add_field_option(command, "--steps", options, "steps");
  add_field_option(command, "--epsilon", options, "epsilon");
  add_field_option(command, "--relearn-epsilon", options, "relearn_epsilon");
  add_field_option(command, "--explore-bound", options, "explore_bound");
  add_field_option(command, "--radius", options, "radius");
  add_field_option(command, "--explore-share", options, "explore_share");
  add_field_option(command, "--explore-burst", options, "explore_burst_seconds");
}

}  // namespace

void add_adapt_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<CommandOptions>();
  AdaptOptions& run = options->adapt;
  CLI::App* command = app.add_subcommand(
      "adapt", "Govern a simulated board by a policy that goes on learning meanwhile");
  command->add_option("policy,--policy", run.policy, "The policy to begin with")
      ->type_name("P.flyball");
  command->add_option("--scenario", run.scenario, "Scenario: a name in configs/ or a file")
      ->type_name("SCENARIO");
  add_set_option(*command, run.assignments, "arrivals.cameras=2, ambient_celsius=40");
  command->add_option("-o,--output", run.output, "The adapted policy to write")
      ->type_name("Q.flyball");
  command
      ->add_option(
          "--config", run.config,
          "The policy's training configuration (default: POLICY.run/config.toml, where there is "
          "one; needed for policy files that do not say how they were trained)")
      ->type_name("CONFIG");
  options->duration = add_field_option(*command, "--duration", run, "duration_seconds");
  add_field_option(*command, "--window", run, "window_seconds");
  add_field_option(*command, "--seed", run, "seed");
  command->add_flag("--turns", options->turns,
                    "Act and learn in turns, in one thread: the same bits every time");
  add_learning_options(*command, run);
  // A resumed run goes on with what it was begun with.
  const std::vector<CLI::Option*> begun_with = command->get_options([](const CLI::Option* option) {
    return !option->check_lname("help") && !option->check_lname("help-all") &&
           !option->check_lname("duration");
  });
  CLI::Option* resume =
      command
          ->add_option("--resume", options->resume,
                       "Go on where this run stopped, as it was begun (begun with --turns: to the "
                       "same bits), until a longer --duration")
          ->type_name("Q.flyball.run");
  for (CLI::Option* option : begun_with) option->excludes(resume);
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "For policies of saturated jobs (credit = \"whole_batches\") that the DQN learned\n"
      "(learner.kind = \"dqn\"): what least squares learned cannot be gone on with. The actor "
      "never\n"
      "waits for the learner; the simulated time is held back so that the learner is at most a\n"
      "period behind.\n"
      "Ctrl-C saves the policy and a checkpoint and exits with 130; a killed run saves neither.\n"
      "Examples:\n"
      "  flyball train quickstart --set learner.kind=dqn -o P.flyball\n"
      "  flyball adapt P.flyball --scenario quickstart -o Q.flyball\n"
      "  flyball adapt P.flyball --scenario quickstart --turns --duration 900 -o Q.flyball\n"
      "  flyball adapt --resume Q.flyball.run --duration 1800");
  command->callback([options, &result] { adapt(*options, result); });
}

}  // namespace flyball
