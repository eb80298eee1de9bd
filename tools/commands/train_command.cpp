#include "tools/commands/train_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/networks/q_network.h"
#include "agent/training/run_lock.h"
#include "agent/training/training_concerns.h"
#include "agent/training/training_data.h"
#include "agent/training/training_run.h"
#include "agent/training/training_seeds.h"
#include "env/errors.h"
#include "env/logs/telemetry_log.h"
#include "env/output_file.h"
#include "policies/bounded_json.h"
#include "policies/policy_file.h"
#include "tools/config/set_option.h"
#include "tools/config/train_config.h"
#include "tools/config/twin_standing.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/separate_output.h"
#include "tools/training/automatic_recipe.h"
#include "tools/training/data_options.h"
#include "tools/training/scenario_validation.h"
#include "tools/training/train_page.h"
#include "tools/training/training_text.h"
#include "tools/typed_command.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr const char* kSeedsFile = "seeds.json";

struct TrainOptions {
  std::string config;
  std::string output;
  std::string resume;
  std::vector<std::string> assignments;
  DataOptions data;
  std::uint64_t seed = 0;
  std::size_t seeds = 1;
  unsigned jobs = 0;  // 0: as many as there are processors
  std::optional<std::uint64_t> steps;
  std::string validate;
  RecipeWish wish;  // where no configuration is named
  int threads = 1;
  double checkpoint_seconds = 10.0;
  bool force = false;
  bool json = false;
  std::string report;  // folder
};

bool wishes(const RecipeWish& wish) {
  return wish.latency_seconds || wish.in_time_share || wish.deadline_seconds;
}

void check_usage(const TrainOptions& options) {
  if (wishes(options.wish) && (!options.config.empty() || !options.resume.empty())) {
    throw UsageError(
        "--limit-latency, --in-time and --deadline are for training without a configuration; with "
        "one, --set objective.limit_seconds=S and the like say it");
  }
  if (options.wish.deadline_seconds && !options.wish.in_time_share) {
    throw UsageError("--deadline: say how many are to be in time, too: --in-time 0.99");
  }
  if (options.wish.latency_seconds && options.wish.in_time_share) {
    throw UsageError("--limit-latency or --in-time: give one of them");
  }
  if (!options.resume.empty()) {
    if (!options.config.empty() || !options.output.empty() || !options.assignments.empty()) {
      throw UsageError("--resume takes the run's own configuration and output: give neither");
    }
    return;
  }
  const DataOptions& data = options.data;
  const bool only_logs =
      !data.logs.empty() && data.datasets.empty() && data.scenarios.empty() && !data.mix;
  if (options.config.empty() && !only_logs) {
    throw UsageError(
        "a configuration is needed, or --log alone, of which one is made (or --resume DIR)");
  }
  if (options.output.empty())
    throw UsageError("-o NAME.flyball is needed: the policy file to write");
  if (options.seeds > 1 && options.threads != 1) {
    throw UsageError("--seeds trains on one thread per seed; --jobs says how many at a time");
  }
}

// Where the configuration that is made of logs goes: beside the policy.
std::filesystem::path recipe_file(const std::filesystem::path& policy) {
  if (is_written_through(policy)) return "policy.toml";
  return std::filesystem::path(policy).replace_extension(".toml");
}

// The recipe's place is free, or holds one that was made in this way.
void require_place(const std::filesystem::path& file, const std::filesystem::path& policy) {
  if (file == policy) {
    throw UsageError(fmt::format(
        "-o {}: the recipe takes this name: give the policy another ending", policy.string()));
  }
  std::ifstream stream(file);
  std::string first;
  if (!std::getline(stream, first) || first.starts_with(kMadeOfLogs)) return;
  throw UsageError(
      fmt::format("{} would be replaced by the recipe, which goes beside the policy: "
                  "give -o another name",
                  file.string()));
}

// What makes the same policy again, beside the logs.
std::string command_again(const TrainOptions& options, const std::filesystem::path& recipe) {
  std::string text = fmt::format("flyball train {} --log ...", recipe.string());
  if (options.seed != 0) text += fmt::format(" --seed {}", options.seed);
  if (options.steps) text += fmt::format(" --steps {}", *options.steps);
  return text;
}

void warn(const std::vector<std::string>& texts, std::size_t already_said = 0) {
  for (std::size_t i = already_said; i < texts.size(); ++i) {
    remark("flyball train: warning: {}\n", texts[i]);
  }
}

[[noreturn]] void refuse(const std::string& what, const std::vector<std::string>& reasons) {
  throw DataError(fmt::format("{}: {}; --force goes on", what, fmt::join(reasons, "; ")));
}

// Before any work: the scenario that judges is fit to.
void check_judge(const TrainOptions& options, const std::string& scenario) {
  const std::vector<std::string> doubts = doubts_about_judge(scenario);
  if (!doubts.empty() && !options.force) refuse("not trained", doubts);
  warn(doubts);
}

// And is of the logs' board; a pipe's is looked at when it is read.
void check_boards(const TrainOptions& options, const std::string& scenario) {
  for (const std::string& pattern : options.data.logs) {
    for (const std::string& file : matching_files(pattern)) {
      if (!std::filesystem::is_regular_file(file)) continue;
      require_board(scenario, TelemetryLogReader(file).header().plant.board, file);
    }
  }
}

// Makes a configuration of the logs, says why it is as it is, and names its file.
std::string make_recipe(const TrainOptions& options) {
  const std::filesystem::path file = recipe_file(options.output);
  require_place(file, options.output);
  RecipeWish wish = options.wish;
  wish.scenario = options.validate;
  try {
    for (const std::string& reason :
         write_automatic_recipe(options.data.logs, wish, options.seed, file)) {
      remark("flyball train: {}\n", reason);
    }
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  remark("flyball train: recipe: {}; {} makes the same policy\n", file.string(),
         command_again(options, file));
  return file.string();
}

// Whole batches are credited with what they cost, not with what they left waiting: that is right
// where the next batch is always there.
void check_credit(const TrainConfig& config, const std::optional<OpenKeys>& data) {
  if (config.spans.credit != SpanCredit::kWholeBatches) return;
  if (!data || !data->deadline_seconds) return;
  remark(
      "flyball train: warning: the data's requests have deadlines, {:g} s, which credit = "
      "\"whole_batches\" (the recipe saturated) does not look at: train with the recipe "
      "deadlines\n",
      *data->deadline_seconds);
}

// With what a twin that judges asks of a limit on latency.
TrainConfig read_config(const TrainOptions& options, const std::string& named,
                        std::vector<std::string> assignments) {
  std::optional<OpenKeys> data;  // of what the recipe leaves open
  const auto load = [&] {
    return load_train_config(named, assignments, [&] { return data = open_keys(options.data); });
  };
  TrainConfig config = load();
  check_credit(config, data);
  if (!config.validation) return config;
  const std::string& judge = config.validation->scenario;
  const double margin = latency_margin(judge);
  if (margin >= 1.0) return config;
  remark("flyball train: {} is a twin: limits on latency are kept to {:g} of them\n", judge,
         margin);
  const auto& constraint = config.trainer.objective.constraint;
  if (!constraint || constraint->kind != ConstraintKind::kLatency) return config;
  assignments.push_back(fmt::format("objective.margin={}", margin * constraint->margin));
  return load();
}

TrainConfig configure(const TrainOptions& options) {
  std::vector<std::string> assignments = options.assignments;
  if (!options.validate.empty() && !options.config.empty()) {  // otherwise the recipe has it
    assignments.push_back(fmt::format("validation.scenario={}", options.validate));
  }
  if (!options.validate.empty()) {
    check_judge(options, options.validate);
    check_boards(options, options.validate);
  }
  const std::string named = options.config.empty() ? make_recipe(options) : options.config;
  TrainConfig config = read_config(options, named, std::move(assignments));
  config.trainer.threads = static_cast<std::size_t>(options.threads);
  const auto validation = config.validation;
  choose_data(config, options.data);
  config.trainer.seed = options.seed;
  if (options.steps) {
    config.trainer.steps = *options.steps;
    if (config.trainer.kind == LearnerKind::kLeastSquares) {  // which has none
      config.trainer.kind = LearnerKind::kDqn;
    }
  }
  if (validation && validation->price_step && config.trainer.kind == LearnerKind::kLeastSquares) {
    remark(
        "flyball train: warning: validation.price_step does nothing: least squares is done in one "
        "step, with one price of a miss (learner.kind = \"dqn\" looks for it)\n");
  }
  if (!options.validate.empty()) {
    config.validation = validation;
  } else if (validation && !config.validation) {
    remark(
        "flyball train: not measured on {0} meanwhile, because other data take its place; where "
        "they are of that scenario, --validate {0} measures on it\n",
        validation->scenario);
  }
  if (options.validate.empty() && config.validation) {
    check_judge(options, config.validation->scenario);
  }
  return config;
}

// Refuses what speaks against the data, or says it and keeps it for the run's report.
void heed(const TrainOptions& options, const TrainingSet& set, const std::vector<Concern>& concerns,
          RunOptions& run) {
  const std::vector<std::string> refusals = texts_of(concerns, Gravity::kRefusal);
  run.warnings = texts_of(concerns, Gravity::kWarning);
  warn(run.warnings);
  if (refusals.empty()) return;
  if (!options.force) {
    if (!options.json) say("{}", text_of_data(set));
    refuse("not trained", refusals);
  }
  warn(refusals);
  run.warnings.insert(run.warnings.end(), refusals.begin(), refusals.end());
}

// One run, its data loaded and its directory made.
TrainingRun begin(const TrainOptions& options, TrainConfig config, RunOptions run,
                  const std::filesystem::path& directory) {
  TrainingSet set = load_with_progress(config);
  if (interrupted()) {
    throw Interrupted("interrupted before training began; there is no policy");
  }
  if (config.validation) require_board(config.validation->scenario, set.board, "the data are");
  resolve_objective(config, set);
  heed(options, set, concerns_about_data(config, set), run);
  return TrainingRun::start(std::move(config), std::move(set), run, directory, training_host());
}

void show(const TrainOptions& options, const ordered_json& document,
          std::string (*as_text)(const ordered_json&)) {
  say("{}", options.json ? document.dump(2) + "\n" : as_text(document));
}

std::string refused_policy(const TrainingRun& run) {
  return fmt::format("{} was not written (flyball train --resume {} --force writes it)",
                     run.options().policy.string(), run.directory().string());
}

void report_on(const TrainOptions& options, const TrainingRun& run) {
  if (options.report.empty()) return;
  const std::string policy = run.options().policy.filename().string();
  write_report_page(options.report, train_page(run.directory(), policy, typed_command()));
}

bool train_one(const TrainOptions& options, TrainingRun run) {
  if (options.force) run.force();
  keep_stdout_for(run.options().policy);
  set_torch_threads(run.options().threads);
  {
    const std::uint64_t first = run.steps();
    Progress progress("train", static_cast<double>(run.all_steps() - first));
    run.run([&](const TrainingProgress& state, const std::string& note) {
      progress.update(static_cast<double>(state.step - first), note);
      return !interrupted();
    });
  }
  const std::size_t said = run.options().warnings.size();
  show(options, run.finish(), text_of_training);
  warn(run.warnings(), said);
  report_on(options, run);
  if (!run.refusals().empty()) refuse(refused_policy(run), run.refusals());
  if (!run.is_done()) {
    remark(
        "flyball train: interrupted: the policy is of {} steps; flyball train --resume {} goes "
        "on\n",
        run.steps(), run.directory().string());
  }
  return run.is_done();
}

bool train_many(const TrainOptions& options, std::vector<TrainingRun> runs,
                const std::filesystem::path& policy) {
  keep_stdout_for(policy);
  std::uint64_t first = 0;
  std::uint64_t all = 0;
  for (const TrainingRun& run : runs) {
    first += run.steps();
    all += run.all_steps();
  }
  {
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    Progress progress(fmt::format("train {} seeds", runs.size()), static_cast<double>(all - first));
    train_seeds(runs, options.jobs > 0 ? options.jobs : processors, [&](std::uint64_t steps) {
      progress.update(static_cast<double>(std::max(steps, first) - first));
      return !interrupted();
    });
  }
  const auto done =
      std::count_if(runs.begin(), runs.end(), [](const auto& run) { return run.is_done(); });
  const std::string rest = fmt::format(
      "interrupted: {} of {} seeds are finished, {} is not written; flyball train --resume {} goes "
      "on",
      done, runs.size(), policy.string(), runs.front().directory().parent_path().string());
  if (done == 0) throw Interrupted(rest);
  if (options.force) {
    for (TrainingRun& run : runs) run.force();
  }
  ordered_json summary = summarise_seeds(runs);
  const auto middle = std::find_if(runs.begin(), runs.end(), [&](const TrainingRun& run) {
    return run.seed() == summary["median_seed"];
  });
  const bool is_whole = std::cmp_equal(done, runs.size());
  const bool is_refused = !middle->refusals().empty();
  if (is_whole && !is_refused) save_policy(policy, load_policy(middle->options().policy));
  if (is_whole) summary["policy"] = policy.string();
  show(options, summary, text_of_seeds);
  report_on(options, *middle);
  for (const TrainingRun& run : runs) warn(run.warnings(), run.options().warnings.size());
  if (!is_whole) remark("flyball train: {}\n", rest);
  if (is_whole && is_refused) refuse(refused_policy(*middle), middle->refusals());
  return is_whole;
}

std::filesystem::path seed_directory(const std::filesystem::path& directory, std::uint64_t seed) {
  return directory / fmt::format("seed-{}", seed);
}

// "P.flyball" and 3: "P.seed-3.flyball"; in the run's directory where P is no file.
std::filesystem::path seed_policy(const std::filesystem::path& policy, std::uint64_t seed) {
  if (is_written_through(policy)) {
    return seed_directory(run_directory_of(policy), seed) / "policy.flyball";
  }
  const std::string name =
      fmt::format("{}.seed-{}{}", policy.stem().string(), seed, policy.extension().string());
  return policy.parent_path() / name;
}

bool train_new(const TrainOptions& options) {
  const TrainConfig config = configure(options);
  const std::filesystem::path directory = run_directory_of(options.output);
  RunOptions run_options{options.output, options.threads, options.checkpoint_seconds};
  run_options.force = options.force;
  if (options.seeds == 1) {
    TrainingRun run = begin(options, config, run_options, directory);
    std::filesystem::remove(directory / kSeedsFile);
    return train_one(options, std::move(run));
  }
  std::filesystem::create_directories(directory);
  const RunLock lock(directory);
  std::filesystem::remove(directory / kSeedsFile);
  std::vector<TrainingRun> runs;
  ordered_json seeds;
  for (std::size_t i = 0; i < options.seeds; ++i) {
    TrainConfig seeded = config;
    seeded.trainer.seed = options.seed + i;
    run_options.policy = seed_policy(options.output, seeded.trainer.seed);
    runs.push_back(
        begin(options, seeded, run_options, seed_directory(directory, seeded.trainer.seed)));
    seeds.push_back(seeded.trainer.seed);
  }
  const ordered_json file{{"policy", absolute_output(options.output).string()}, {"seeds", seeds}};
  write_output(directory / kSeedsFile, file.dump(2) + "\n");
  return train_many(options, std::move(runs), options.output);
}

struct SeedsFile {
  std::vector<std::uint64_t> seeds;
  std::string policy;
};

SeedsFile read_seeds(const std::filesystem::path& path) {
  const nlohmann::json json = read_json(path);
  try {
    return {json.at("seeds").get<std::vector<std::uint64_t>>(),
            json.at("policy").get<std::string>()};
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{}: damaged: {}", path.string(), error.what()));
  }
}

bool resume(const TrainOptions& options) {
  const std::filesystem::path directory = options.resume;
  if (!std::filesystem::exists(directory / kSeedsFile))
    return train_one(options, TrainingRun::resume(directory, options.steps, training_host()));
  const RunLock lock(directory);
  const SeedsFile file = read_seeds(directory / kSeedsFile);
  std::vector<TrainingRun> runs;
  for (const std::uint64_t seed : file.seeds) {
    runs.push_back(
        TrainingRun::resume(seed_directory(directory, seed), options.steps, training_host()));
  }
  return train_many(options, std::move(runs), file.policy);
}

void train(const TrainOptions& options, CommandResult& result) {
  check_usage(options);
  require_separate(options.output, options.data.logs);
  require_separate(options.output, options.data.datasets);
  if (!options.output.empty()) prepare_output(options.output);
  prepare_report(options.report);
  set_torch_threads(options.threads);
  if (is_reference_blas()) {
    remark(
        "flyball train: warning: LibTorch uses the reference BLAS, whose matrix products are "
        "about 30 times slower than OpenBLAS's; install libopenblas0-openmp\n");
  }
  const bool done = options.resume.empty() ? train_new(options) : resume(options);
  result.exit_code = done ? kExitOk : kExitInterrupted;
}

}  // namespace

void add_train_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command = app.add_subcommand(
      "train", "Train a policy offline from telemetry logs, datasets or a simulated board");
  command->add_option(
      "config,--config", options->config,
      "Configuration: a name in configs/train, a file, or a scenario, which is then "
      "simulated");
  add_set_option(*command, options->assignments, "period_seconds=2, simulate[0].explore=0.1");
  command->add_option("-o,--output", options->output, "The policy file to write");
  command->add_option("--resume", options->resume, "Go on from the last checkpoint of this run")
      ->type_name("P.flyball.run");
  add_data_options(*command, options->data);
  command->add_option("--seed", options->seed, "Of networks, sampling and simulation")
      ->check(seed_number())
      ->capture_default_str();
  command
      ->add_option("--seeds", options->seeds,
                   "Train with so many seeds, from --seed on, and report the spread")
      ->check(whole_in(1, 1000))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Seeds at a time (default: one per processor)")
      ->check(whole_in(1, 1024));
  command
      ->add_option(
          "--steps", options->steps,
          "Gradient steps instead of the configuration's; what is\nlearned by least squares "
          "otherwise is then learned by the DQN")
      ->check(whole_in(std::int64_t{1}, std::int64_t{1} << 40));
  command
      ->add_option("--limit-latency", options->wish.latency_seconds,
                   "Without a configuration: seconds per request at most, on average")
      ->check(above_zero());
  command
      ->add_option("--in-time", options->wish.in_time_share,
                   "Without a configuration: share of the requests at least, 0.99")
      ->check(number_in(0.0, 1.0));
  command
      ->add_option("--deadline", options->wish.deadline_seconds,
                   "With --in-time: seconds that the logs count misses against")
      ->check(above_zero());
  command->add_option("--validate", options->validate,
                      "A scenario to measure the policy on while it trains; the best one is kept. "
                      "May set keys: \"NAME --set KEY=VALUE\"");
  command
      ->add_option("--threads", options->threads,
                   "Threads of one new training; more than minibatch / 128 find nothing to do")
      ->check(whole_in(1, 64))
      ->capture_default_str();
  command
      ->add_option("--checkpoint", options->checkpoint_seconds,
                   "Seconds between checkpoints; 0: at every report")
      ->check(number_in(0.0, 86400.0))
      ->capture_default_str();
  command->add_flag("--force", options->force,
                    "Go on where data or policy would be refused: no exploration, a limit that "
                    "nothing keeps, predictions that cannot be, ...");
  command
      ->add_option("--report", options->report,
                   "Write an HTML page of the training to this folder (with --seeds of the "
                   "median one)")
      ->type_name("DIR");
  command->add_flag("--json", options->json, "Print a JSON document");
  command->footer(
      "-o - is stdout; the run's folder is then policy.run, as for a device or a FIFO.\n"
      "P.flyball.run holds the data, checkpoints, curves (CSV and TensorBoard) and the resolved\n"
      "configuration. Ctrl-C saves the policy and a checkpoint and exits with 130; a killed run\n"
      "loses what came after its last checkpoint. A resumed run ends with the same bits as one\n"
      "that was never stopped.\n"
      "A recipe of configs/train takes what it leaves open - knobs, period, deadline - from the "
      "data.\n"
      "Without a configuration the logs (--log) choose the recipe, and what it takes beyond that "
      "is\n"
      "found by trying. Every choice is said and written beside the policy, P.toml.\n"
      "Examples:\n"
      "  flyball train --log board.csv --limit-latency 0.9 -o nano.flyball\n"
      "  flyball train quickstart --log stock.csv -o nano.flyball\n"
      "  flyball train quickstart --log board.csv --mix 0.2 -o nano.flyball   and simulated data\n"
      "  flyball train quickstart --dataset D.hdf5 -o nano.flyball\n"
      "  flyball train deadlines --simulate street-tx2 -o street.flyball\n"
      "  flyball train saturated --log stock.csv --seeds 5 --validate quickstart -o nano.flyball\n"
      "  flyball train --resume nano.flyball.run");
  command->callback([options, &result] { train(*options, result); });
}

}  // namespace flyball
