#include "tools/reproduce/own/blind_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/networks/q_network.h"
#include "agent/statistics.h"
#include "env/statistics.h"
#include "tools/reproduce/common/drawn_seeds.h"
#include "tools/reproduce/common/judging.h"
#include "tools/reproduce/common/parallel_jobs.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/changing_case.h"

namespace flyball {

namespace {

constexpr std::size_t kArrivals = 3;         // that each policy is judged on
constexpr double kTolerance = 0.2;           // points of what is asked in time
constexpr double kBrokenWithoutGuard = 1.0;  // % of the policies

// Training configurations whose scenario has arrivals; each names it.
struct Listed {
  const char* training;
  bool quick;
};
constexpr Listed kCases[] = {{"bursts-agx-xavier", true},
                             {"rushes-agx-xavier", false},
                             {"street-tx2", true},
                             {"questions-agx-orin", false},
                             {"cameras-xavier-nx", false}};

struct JudgedPolicy {
  GovernorResult bare;
  GovernorResult guarded;
  GovernorResult least_squares;  // of the same data and prices, guarded
};

struct BlindCase {
  ChangingCase which;
  ChangingBaseline baseline;
  std::vector<JudgedPolicy> policies;  // one per seed
};

// A bandit: what a setting costs in the next span, and nothing of what it leaves behind.
TrainConfig by_least_squares(TrainConfig config) {
  config.trainer.kind = LearnerKind::kLeastSquares;
  config.trainer.learner.gamma = 0.0;
  config.trainer.learner.n_step = 1;
  config.trainer.learner.iterate_rho = false;
  config.trainer.head = Head::kSmooth;
  config.trainer.constraint_head.reset();
  config.validation.reset();
  return config;
}

GovernorChoice guarded_choice(const TrainedPolicy& trained) {
  GovernorChoice choice = policy_choice(trained.policy);
  choice.guarded = true;
  return choice;
}

JudgedPolicy train_and_judge_both(const ChangingCase& which, std::uint64_t seed) {
  TrainingSet set = load_data(which.training, seed);
  const TrainedPolicy bandit = train_policy(by_least_squares(which.training), set, seed);
  const TrainedPolicy trained = train_policy(which.training, std::move(set), seed);
  Evaluation evaluation =
      judge(which.scenario, which.scenario.seeds,
            {policy_choice(trained.policy), guarded_choice(trained), guarded_choice(bandit)});
  std::vector<GovernorResult>& results = evaluation.results;
  return {std::move(results[0]), std::move(results[1]), std::move(results[2])};
}

template <typename Field>
std::vector<double> percent(const BlindCase& blind, Field field) {
  std::vector<double> values;
  for (const JudgedPolicy& policy : blind.policies) values.push_back(100.0 * field(policy));
  return values;
}

double median(std::span<const double> values) {
  return interpolated_quantile({values.begin(), values.end()}, 0.5);
}

double in_time(const GovernorResult& result) { return result.figures.in_time_share(); }

// What is asked, or what stock manages, whichever is lower; in %.
double asked(const BlindCase& blind) {
  const double stock = blind.baseline.others.front().figures.in_time_share();
  return 100.0 * std::min(*blind.which.scenario.objective.in_time_share, stock);
}

void add_rows(const BlindCase& blind, ReproductionTable& table) {
  const std::string& name = blind.which.scenario.id;
  const std::vector<double> saved =
      percent(blind, [](const JudgedPolicy& p) { return p.guarded.saving; });
  const std::vector<double> bare =
      percent(blind, [](const JudgedPolicy& p) { return p.bare.saving; });
  const std::vector<double> bandit =
      percent(blind, [](const JudgedPolicy& p) { return p.least_squares.saving; });
  const std::vector<double> guarded_time = percent(
      blind, [](const JudgedPolicy& p) { return p.guarded.figures.guard->guarded_share(); });
  const std::vector<double> in_time_bare =
      percent(blind, [](const JudgedPolicy& p) { return in_time(p.bare); });
  const std::vector<double> in_time_guarded =
      percent(blind, [](const JudgedPolicy& p) { return in_time(p.guarded); });
  const Interval band = bootstrap_interval(saved, median, 1);
  table.show(name + ": best fixed setting saves", std::nullopt,
             100.0 * blind.baseline.best_fixed.saving, "%");
  table.show_interval(name + ": policy saves, median", median(saved), band.low, band.high, "%");
  table.show(name + ": without the guard", std::nullopt, median(bare), "%");
  table.show(name + ": share of the time guarded, median", std::nullopt, median(guarded_time), "%");
  table.show(name + ": least squares saves, guarded, median", std::nullopt, median(bandit), "%");
  table.check_at_least(name + ": in time, worst", asked(blind) - kTolerance,
                       interpolated_quantile(in_time_guarded, 0.0), "%");
  table.show(name + ": without the guard, worst", asked(blind) - kTolerance,
             interpolated_quantile(in_time_bare, 0.0), "%");
}

void add_broken(const std::vector<BlindCase>& cases, ReproductionTable& table) {
  std::size_t broken = 0;
  std::size_t all = 0;
  for (const BlindCase& blind : cases) {
    for (const JudgedPolicy& policy : blind.policies) {
      broken += 100.0 * in_time(policy.bare) < asked(blind) - kTolerance ? 1 : 0;
      ++all;
    }
  }
  table.check_at_most("policies that fall short without the guard", kBrokenWithoutGuard,
                      100.0 * static_cast<double>(broken) / static_cast<double>(all), "%");
}

std::vector<BlindCase> load_cases(const BlindOptions& options,
                                  const std::vector<std::uint64_t>& arrivals) {
  std::vector<BlindCase> cases;
  for (const Listed& listed : kCases) {
    if (options.effort == Effort::kQuick && !listed.quick) continue;
    ChangingCase which = load_changing_case(listed.training);
    which.scenario.seeds = arrivals;
    ChangingBaseline baseline = measure_baseline(which, options.threads);
    cases.push_back({std::move(which), std::move(baseline), {}});
  }
  return cases;
}

}  // namespace

void reproduce_blind(const BlindOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  const std::size_t count = options.seeds.value_or(options.effort == Effort::kQuick ? 1 : 20);
  const std::vector<std::uint64_t> drawn = drawn_seeds(options.date, kArrivals + count);
  std::vector<BlindCase> cases = load_cases(options, {drawn.begin(), drawn.begin() + kArrivals});
  for (BlindCase& blind : cases) blind.policies.resize(count);
  run_parallel("blind", cases.size() * count, options.threads, [&](std::size_t job) {
    BlindCase& blind = cases[job / count];
    const std::uint64_t seed = drawn[kArrivals + job % count];
    blind.policies[job % count] = train_and_judge_both(blind.which, seed);
    return blind.which.name;
  });
  for (const BlindCase& blind : cases) add_rows(blind, table);
  add_broken(cases, table);
  table.note(fmt::format(
      "Seeds of log, training and the {} arrivals that are judged on were drawn from \"{}\": {}\n"
      "policies per scenario, as configs/train/SCENARIO.toml says. In time: at least what the\n"
      "scenario asks, or what stock manages where that is less, minus {:g} points. Medians over\n"
      "the policies, with 95 % bootstrap intervals. Least squares: a bandit of the same data and\n"
      "prices, which looks one span ahead.",
      kArrivals, options.date, count, kTolerance));
}

}  // namespace flyball
