#include "tools/reproduce/own/changing_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/jobs/parallel_jobs.h"
#include "tools/reproduce/common/trained_policy.h"
#include "tools/reproduce/own/changing_case.h"

namespace flyball {

namespace {

// Training configurations; each names its scenario.
struct Listed {
  const char* training;
  bool quick;
};

constexpr std::array<Listed, 4> kCases = {{
    {"bursts-agx-xavier", true},
    {"rushes-agx-xavier", false},
    {"street-tx2", true},
    {"questions-agx-orin", false},
}};

struct CaseResult {
  ChangingCase which;
  ChangingBaseline baseline;
  std::vector<ChangingPolicy> policies;  // one per seed
};

template <typename Field>
std::vector<double> each(const std::vector<ChangingPolicy>& policies, Field field) {
  std::vector<double> values;
  for (const ChangingPolicy& policy : policies) values.push_back(field(policy));
  return values;
}

double lowest(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

void add_rows(const CaseResult& result, ReproductionTable& table) {
  const std::string& name = result.which.scenario.id;
  const double asked = 100.0 * *result.which.scenario.objective.in_time_share;
  const double fixed = 100.0 * result.baseline.best_fixed.saving;
  for (const JudgedGovernor& other : result.baseline.others) {
    table.show(fmt::format("{}: {} saves", name, other.name), std::nullopt, 100.0 * other.saving,
               "%");
    table.show(fmt::format("{}: {} in time", name, other.name), asked,
               100.0 * other.figures.in_time_share(), "%");
  }
  table.show(fmt::format("{}: best fixed setting saves ({})", name, result.baseline.setting),
             std::nullopt, fixed, "%");
  const std::vector<double> savings =
      each(result.policies, [](const ChangingPolicy& p) { return 100.0 * p.judged.saving; });
  const std::vector<double> in_time = each(result.policies, [](const ChangingPolicy& p) {
    return 100.0 * p.judged.figures.in_time_share();
  });
  table.check_at_least(name + ": policy saves, median", fixed, interpolated_quantile(savings, 0.5),
                       "%");
  table.check_at_least(name + ": policy saves, worst seed", fixed, lowest(savings), "%");
  table.check_at_least(name + ": policy in time, median", asked,
                       interpolated_quantile(in_time, 0.5), "%");
  table.check_at_least(name + ": policy in time, worst seed", asked, lowest(in_time), "%");
}

std::vector<CaseResult> load_cases(Effort effort, unsigned threads) {
  std::vector<CaseResult> results;
  for (const Listed& listed : kCases) {
    if (effort == Effort::kQuick && !listed.quick) continue;
    ChangingCase which = load_changing_case(listed.training);
    ChangingBaseline baseline = measure_baseline(which, threads);
    results.push_back({std::move(which), std::move(baseline), {}});
  }
  return results;
}

}  // namespace

void reproduce_changing(Effort effort, unsigned threads, ReproductionTable& table) {
  set_torch_threads(1);
  const std::uint64_t seeds = effort == Effort::kQuick ? 1 : 5;
  std::vector<CaseResult> results = load_cases(effort, threads);
  for (CaseResult& result : results) result.policies.resize(seeds);
  run_parallel("changing", results.size() * seeds, threads, [&](std::size_t job) {
    CaseResult& result = results[job / seeds];
    const std::uint64_t seed = 1 + job % seeds;
    result.policies[job % seeds] =
        train_and_judge(result.which, load_data(result.which.training, seed), seed);
    return result.which.name;
  });
  double slowest = 0.0;
  for (const CaseResult& result : results) {
    add_rows(result, table);
    for (const ChangingPolicy& policy : result.policies) {
      slowest = std::max(slowest, policy.training_seconds);
    }
  }
  table.check_at_most("training, slowest policy", kMostTrainingSeconds, slowest, "s");
  table.note(fmt::format(
      "Policies learned offline from two simulated hours of log of the stock governors with 20 %\n"
      "of the time under random settings, as configs/train/deadlines.toml says; telemetry as the\n"
      "board shows it. Judged by the simulator's truth on the scenario's own seeds, which are\n"
      "other arrivals than those of the log. Best fixed setting: the cheapest of pins and caps on\n"
      "all clocks, the memory's included, that keeps the limit on those very arrivals; policies\n"
      "turn the scenario's knobs alone. {} seeds of log and training.",
      seeds));
}

}  // namespace flyball
