#include "tools/commands/train_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/trainer.h"
#include "policies/policy_file.h"
#include "policies/q_network.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/training/data_options.h"
#include "tools/training/run_directory.h"
#include "tools/training/train_config.h"
#include "tools/training/training_data.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kReportSteps = 50;

struct TrainOptions {
  std::string config;
  std::string output;
  DataOptions data;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  int threads = 1;
  bool json = false;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TrainConfig configure(const TrainOptions& options) {
  TrainConfig config = load_train_config(options.config);
  choose_data(config, options.data);
  config.trainer.seed = options.seed;
  if (options.steps > 0) config.trainer.steps = options.steps;
  return config;
}

void learn(Trainer& trainer, const TrainConfig& config, RunDirectory& run) {
  Progress progress("train", static_cast<double>(config.trainer.steps));
  trainer.run(kReportSteps, [&](const TrainingProgress& state) {
    run.write_losses(state);
    progress.update(static_cast<double>(state.step),
                    fmt::format("cost loss {:.4f}, constraint loss {:.4f}", state.losses.cost,
                                state.losses.constraint));
    return !interrupted();
  });
}

ordered_json report_json(const TrainOptions& options, const TrainConfig& config, Trainer& trainer,
                         double seconds, const RunDirectory& run) {
  const TrainingEstimate estimate = trainer.estimate();
  const TrainingSet& set = trainer.set();
  ordered_json json;
  json["policy"] = options.output;
  json["run_directory"] = run.path().string();
  json["version"] = FLYBALL_VERSION;
  json["seed"] = options.seed;
  json["blas"] = blas_name();
  json["steps"] = trainer.steps();
  json["interrupted"] = trainer.steps() < config.trainer.steps;
  json["seconds"] = seconds;
  json["data"] = {{"logs", set.logs},
                  {"rows", set.counts.rows},
                  {"spans", set.counts.spans},
                  {"transitions", set.transitions.size()},
                  {"random", set.counts.random},
                  {"levels_changed", set.counts.unheld},
                  {"nothing_to_credit", set.counts.incomplete},
                  {"gaps", set.counts.gaps},
                  {"mode_changes", set.counts.mode_changes}};
  const auto counts = action_counts(set);
  json["support"] = {{"settings", trainer.supported()}, {"of", counts.size()}};
  json["estimate"] = {{"note", "the networks' own prediction on the log, not a measurement"},
                      {"behaviour_cost_per_request", estimate.behaviour_cost},
                      {"policy_cost_per_request", estimate.policy_cost},
                      {"saving", estimate.saving()}};
  if (estimate.policy_constraint) {
    const ConstraintLimit& constraint = *config.trainer.objective.constraint;
    json["estimate"]["behaviour_constraint"] = *estimate.behaviour_constraint;
    json["estimate"]["policy_constraint"] = *estimate.policy_constraint;
    json["estimate"]["limit"] = constraint.limit;
  }
  return json;
}

void print(const ordered_json& report) {
  const auto& data = report["data"];
  fmt::print("data      {} transitions ({} under random settings) from {} rows, {} spans\n",
             data["transitions"].get<std::size_t>(), data["random"].get<std::size_t>(),
             data["rows"].get<std::size_t>(), data["spans"].get<std::size_t>());
  fmt::print("left out  {} spans in which residents changed levels, {} with nothing to credit\n",
             data["levels_changed"].get<std::size_t>(),
             data["nothing_to_credit"].get<std::size_t>());
  fmt::print("support   {} of {} settings were seen and may be chosen\n",
             report["support"]["settings"].get<std::size_t>(),
             report["support"]["of"].get<std::size_t>());
  fmt::print("training  {} steps in {:.1f} s ({})\n", report["steps"].get<std::uint64_t>(),
             report["seconds"].get<double>(), report["blas"].get<std::string>());
  const auto& estimate = report["estimate"];
  fmt::print(
      "estimate  {:.1f} % less cost per request than the log's residents: what the networks\n"
      "          predict on the log, not a measurement; flyball evaluate measures\n",
      100.0 * estimate["saving"].get<double>());
  if (estimate.contains("limit")) {
    fmt::print("          constraint {:.4g} (residents {:.4g}, limit {:.4g})\n",
               estimate["policy_constraint"].get<double>(),
               estimate["behaviour_constraint"].get<double>(), estimate["limit"].get<double>());
  }
  fmt::print("policy    {}\nrun       {}\n", report["policy"].get<std::string>(),
             report["run_directory"].get<std::string>());
}

void train(const TrainOptions& options, CommandResult& result) {
  TrainConfig config = configure(options);
  set_torch_threads(options.threads);
  if (is_reference_blas()) {
    fmt::print(
        stderr,
        "flyball train: warning: LibTorch uses the reference BLAS, whose matrix products are "
        "about 30 times slower than OpenBLAS's; install libopenblas0-openmp\n");
  }
  const auto start = std::chrono::steady_clock::now();
  RunDirectory run(options.output);
  TrainingSet set = load_with_progress(config);
  if (interrupted()) {
    throw CommandError(kExitInterrupted, "interrupted before training began; there is no policy");
  }
  resolve_objective(config, set);
  run.write_config(config);
  Trainer trainer(config.trainer, std::move(set));
  learn(trainer, config, run);
  save_policy(options.output, trainer.policy(config.spans.encoder, FLYBALL_VERSION));
  const ordered_json report = report_json(options, config, trainer, seconds_since(start), run);
  run.write_report(report);
  if (options.json) {
    fmt::print("{}\n", report.dump(2));
  } else {
    print(report);
  }
  if (interrupted()) result.exit_code = kExitInterrupted;
}

}  // namespace

void add_train_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command = app.add_subcommand(
      "train", "Train a policy offline from telemetry logs or a simulated board");
  command->add_option("config", options->config, "Configuration: a name in configs/train or a file")
      ->required();
  command->add_option("-o,--output", options->output, "The policy file to write")->required();
  add_data_options(*command, options->data);
  command->add_option("--seed", options->seed, "Of networks, sampling and simulation (default 0)");
  command->add_option("--steps", options->steps, "Gradient steps instead of the configuration's");
  command->add_option("--threads", options->threads, "LibTorch's threads (default 1)")
      ->check(CLI::Range(1, 64));
  command->add_flag("--json", options->json, "Print a JSON document");
  command->footer(
      "Ctrl-C saves the policy as it is and exits with 130.\n"
      "Examples:\n"
      "  flyball train quickstart --log stock.csv -o nano.flyball\n"
      "  flyball train quickstart --log board.csv --mix 0.2 -o nano.flyball   and simulated data\n"
      "  flyball train quickstart --dataset D.hdf5 -o nano.flyball");
  command->callback([options, &result] { train(*options, result); });
}

}  // namespace flyball
