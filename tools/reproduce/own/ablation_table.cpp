#include "tools/reproduce/own/ablation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"
#include "agent/training/training_data.h"
#include "env/statistics.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/skewed_model.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/changing_case.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

constexpr std::uint64_t kSteps = 4000;
constexpr std::uint64_t kQuickSteps = 500;
constexpr double kShortLogSeconds = 900.0;
constexpr double kMissPenalty = 3.0;  // requests: about what validation finds
constexpr double kFallsShort = 0.2;   // percentage points below what was asked
// The twin: what a fit to few measurements may be off by. A row of it counts a fifth of one of the
// board's.
constexpr Skew kTwin = {1.1, 0.9, 1.1};
constexpr double kTwinWeight = 0.2;

struct Arm {
  const char* name;
  void (*change)(TrainConfig& config);
  bool with_twin = false;
};

SimulatedLogConfig& log_of(TrainConfig& config) { return config.simulations.front().log; }

void know_the_delay(TrainConfig& config) {
  config.spans.encoder.with_previous_action = true;
  config.spans.encoder.with_t_as = true;
  config.spans.encoder.with_vector_to_go = true;
}

using Arms = std::vector<Arm>;

// The first one changes nothing.
const Arms& parts() {
  static const Arms all = {
      {"base", [](TrainConfig&) {}},
      {"uniform replay", [](TrainConfig& c) { c.trainer.replay = ReplayKind::kUniform; }},
      {"blocking backup", [](TrainConfig& c) { c.trainer.learner.backup = Backup::kBlocking; }},
      {"knows previous action, t_AS, vector-to-go", know_the_delay},
      {"one step instead of three", [](TrainConfig& c) { c.trainer.learner.n_step = 1; }},
      {"one step, dvfo backup",
       [](TrainConfig& c) {
         c.trainer.learner.n_step = 1;
         c.trainer.learner.backup = Backup::kDvfo;
         log_of(c).with_effect_snapshot = true;
       }},
      {"DQN instead of double", [](TrainConfig& c) { c.trainer.learner.double_dqn = false; }},
      {"joint head", [](TrainConfig& c) { c.trainer.head = Head::kJoint; }},
      {"branching head", [](TrainConfig& c) { c.trainer.head = Head::kBranching; }},
      {"CQL, alpha 0.01", [](TrainConfig& c) { c.trainer.network.cql_alpha = 0.01; }},
      {"15 minutes of log", [](TrainConfig& c) { log_of(c).duration_seconds = kShortLogSeconds; }},
      {"15 minutes of log and two hours of a twin",
       [](TrainConfig& c) { log_of(c).duration_seconds = kShortLogSeconds; }, true},
  };
  return all;
}

void shorten_log(TrainConfig& config) { log_of(config).duration_seconds = kShortLogSeconds; }

// The last policy is the one: what is learned, not which of many turned out well.
void choose_nothing(TrainConfig& config) {
  config.validation.reset();
  config.trainer.objective.reward.miss_penalty = kMissPenalty;
}

void ask_three(TrainConfig& config) { config.trainer.members = 3; }

// What is done where the data are thin, alone and together.
const Arms& pessimism() {
  static const Arms all = {
      {"base", [](TrainConfig&) {}},
      {"ensemble of 3", ask_three},
      {"15 minutes of log", shorten_log},
      {"15 minutes of log, ensemble of 3",
       [](TrainConfig& c) {
         shorten_log(c);
         ask_three(c);
       }},
      {"not validated", choose_nothing},
      {"not validated, ensemble of 3",
       [](TrainConfig& c) {
         choose_nothing(c);
         ask_three(c);
       }},
      {"not validated, CQL, alpha 0.01",
       [](TrainConfig& c) {
         choose_nothing(c);
         c.trainer.network.cql_alpha = 0.01;
       }},
  };
  return all;
}

struct CaseRuns {
  ChangingCase which;
  ChangingBaseline baseline;
  std::vector<std::vector<ChangingPolicy>> arms;  // one per arm, one per seed
};

// Adds the log of the scenario's board as a twin has it that is fitted badly.
void add_twin(const ChangingCase& which, std::uint64_t seed, TrainingSet& set) {
  Scenario twin = which.scenario;
  twin.id += " (twin)";
  twin.workload.work = std::make_shared<SkewedModel>(which.scenario.workload.work, kTwin);
  WeightedLog log{which.training.simulations.front().log, kTwinWeight};
  log.log.duration_seconds = load_train_config(which.name).simulations.front().log.duration_seconds;
  log.log.seed = seed + 500;
  append_simulation(set, which.training, twin, log,
                    [](const std::string&, double) { return !interrupted(); });
}

ChangingPolicy run_arm(const ChangingCase& base, const Arm& arm, std::uint64_t steps,
                       std::uint64_t seed) {
  ChangingCase which = base;
  which.training.trainer.steps = steps;
  // What is learned is compared, not the best constant setting that it would have to beat.
  if (which.training.validation) which.training.validation->constants = false;
  arm.change(which.training);
  TrainingSet set = load_data(which.training, seed);
  if (arm.with_twin) {
    // What a request costs under stock is measured on the board, not on the twin.
    resolve_objective(which.training, set);
    which.training.references_given = true;
    add_twin(which, seed, set);
  }
  return train_and_judge(which, std::move(set), seed);
}

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

void add_rows(const CaseRuns& runs, const Arms& arms, ReproductionTable& table) {
  const std::string& name = runs.which.scenario.id;
  table.show(name + ": best fixed setting saves", std::nullopt,
             100.0 * runs.baseline.best_fixed.saving, "%");
  const double asked = 100.0 * *runs.which.scenario.objective.in_time_share;
  const double seeds = static_cast<double>(runs.arms.front().size());
  for (std::size_t arm = 0; arm < runs.arms.size(); ++arm) {
    std::vector<double> savings;
    std::vector<double> in_time;
    std::vector<double> seconds;
    for (const ChangingPolicy& policy : runs.arms[arm]) {
      savings.push_back(100.0 * policy.judged.saving);
      in_time.push_back(100.0 * policy.judged.figures.in_time_share());
      seconds.push_back(policy.training_seconds);
    }
    const std::string row = fmt::format("{}: {}", name, arms[arm].name);
    const Interval band = bootstrap_interval(savings, mean, arm);
    table.show_interval(row + ", saves", mean(savings), band.low, band.high, "%");
    table.show(row + ", in time, median", asked, interpolated_quantile(in_time, 0.5), "%");
    table.show(row + ", in time, worst", asked, interpolated_quantile(in_time, 0.0), "%");
    const auto late = std::count_if(in_time.begin(), in_time.end(),
                                    [&](double share) { return share < asked - kFallsShort; });
    table.show(row + ", falls short", std::nullopt, 100.0 * static_cast<double>(late) / seeds,
               "% of policies");
    table.show(row + ", training", std::nullopt, interpolated_quantile(seconds, 0.5), "s");
  }
}

}  // namespace

namespace {

bool is_quick(const AblationOptions& options) { return options.effort == Effort::kQuick; }

// Trains and judges every arm with every seed, and adds their rows.
void compare(const Arms& arms, std::span<const std::uint64_t> seeds, const AblationOptions& options,
             ReproductionTable& table) {
  set_torch_threads(1);
  const std::uint64_t steps = is_quick(options) ? kQuickSteps : kSteps;
  std::vector<CaseRuns> cases;
  for (const char* training : {"street-tx2", "bursts-agx-xavier"}) {
    if (is_quick(options) && !cases.empty()) break;
    ChangingCase which = load_changing_case(training);
    ChangingBaseline baseline = measure_baseline(which, options.threads);
    cases.push_back({std::move(which), std::move(baseline), {}});
    cases.back().arms.assign(arms.size(), std::vector<ChangingPolicy>(seeds.size()));
  }
  const std::size_t per_case = arms.size() * seeds.size();
  run_parallel("ablation", cases.size() * per_case, options.threads, [&](std::size_t job) {
    CaseRuns& runs = cases[job / per_case];
    const std::size_t arm = job % per_case / seeds.size();
    const std::size_t index = job % seeds.size();
    runs.arms[arm][index] = run_arm(runs.which, arms[arm], steps, seeds[index]);
    return fmt::format("{}, {}", runs.which.name, arms[arm].name);
  });
  for (const CaseRuns& runs : cases) add_rows(runs, arms, table);
  table.note(fmt::format(
      "Means of {} seeds of log and training, with 95 % bootstrap intervals; {} gradient steps.\n"
      "Base: configs/train/deadlines.toml (prioritized, full_period, three steps, double DQN, "
      "smooth\n"
      "head, no CQL, two hours of log). None is guarded. \"Falls short\": more than {:g} points "
      "below\n"
      "the share in time that was asked for.",
      seeds.size(), steps, kFallsShort));
}

}  // namespace

void reproduce_ablation(const AblationOptions& options, ReproductionTable& table) {
  std::vector<std::uint64_t> seeds(options.seeds.value_or(is_quick(options) ? 1 : 3));
  std::iota(seeds.begin(), seeds.end(), 1);
  compare(parts(), seeds, options, table);
  table.note(fmt::format(
      "The twin is the same board with the host and the power 10 % above, the accelerator's\n"
      "durations 10 % below the truth; a row of it counts {:g}.",
      kTwinWeight));
}

void reproduce_pessimism(const AblationOptions& options, ReproductionTable& table) {
  const std::size_t count = options.seeds.value_or(is_quick(options) ? 1 : 20);
  compare(pessimism(), drawn_seeds(options.date, count), options, table);
  table.note(fmt::format(
      "An ensemble's value is the highest of its members' (network.members). Not validated: the\n"
      "policy after the last step, with a miss at the price of {:g} requests.",
      kMissPenalty));
}

}  // namespace flyball
