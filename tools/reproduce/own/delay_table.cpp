#include "tools/reproduce/own/delay_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/reproduce/common/median_rows.h"

namespace flyball {

namespace {

using Values = std::vector<double>;

double worst(const Values& values) { return *std::min_element(values.begin(), values.end()); }

Values worths(const DelayCase& which, JudgedRun DelayPolicy::*arm) {
  Values values;
  for (const DelayPolicy& policy : which.policies) values.push_back(which.worth(policy.*arm));
  return values;
}

Values in_time(const DelayCase& which, JudgedRun DelayPolicy::*arm) {
  Values values;
  for (const DelayPolicy& policy : which.policies) {
    values.push_back(100.0 * (policy.*arm).in_time);
  }
  return values;
}

void add_arm(const DelayCase& which, const std::string& arm, JudgedRun DelayPolicy::*member,
             ReproductionTable& table) {
  const std::string name = fmt::format("{}: {}", which.which.name, arm);
  const Values values = worths(which, member);
  show_median(table, name + ", saves, median", values);
  table.show(name + ", saves, worst", std::nullopt, worst(values), "%");
  table.show(name + ", in time, worst", which.asked_percent(), worst(in_time(which, member)), "%");
}

// Seed by seed: the same log, arrivals and networks' seeds.
void compare(const DelayCase& which, const std::string& with, const Values& concurrent,
             const Values& other, ReproductionTable& table) {
  Values beyond;
  for (std::size_t i = 0; i < concurrent.size(); ++i) beyond.push_back(concurrent[i] - other[i]);
  const std::string name = fmt::format("{}: concurrent beyond {}", which.which.name, with);
  show_median(table, name + ", median", beyond, "points");
  table.check_at_least(name + ", median's lower end", 0.0,
                       bootstrap_interval(beyond, median, 1).low, "points");
  table.check_at_least(name + ", worst against worst", 0.0, worst(concurrent) - worst(other),
                       "points");
}

void add_rows(const DelayCase& which, ReproductionTable& table) {
  const std::string& name = which.which.name;
  const double fixed = which.worth(which.best_fixed);
  table.show(name + ": stock, in time", std::nullopt, 100.0 * which.stock_in_time, "%");
  table.show(name + ": best fixed setting saves", std::nullopt, fixed, "%");
  table.show(name + ": best table by queue length saves", std::nullopt,
             which.worth(which.queue_table), "%");
  add_arm(which, "concurrent", &DelayPolicy::concurrent, table);
  add_arm(which, "blind to the delay", &DelayPolicy::blind, table);
  add_arm(which, "the recipe as it is", &DelayPolicy::recipe, table);
  add_arm(which, "least squares", &DelayPolicy::least_squares, table);
  const Values concurrent = worths(which, &DelayPolicy::concurrent);
  compare(which, "the blind one", concurrent, worths(which, &DelayPolicy::blind), table);
  compare(which, "the recipe as it is", concurrent, worths(which, &DelayPolicy::recipe), table);
  compare(which, "the best fixed setting", concurrent, Values(concurrent.size(), fixed), table);
}

}  // namespace

double DelayCase::worth(const JudgedRun& result) const {
  const bool is_late = 100.0 * result.in_time < asked_percent() - kInTimeTolerance;
  return 100.0 * (is_late ? std::min(0.0, result.saving) : result.saving);
}

void add_delay_rows(const std::vector<DelayCase>& cases, ReproductionTable& table) {
  for (const DelayCase& which : cases) add_rows(which, table);
}

void reproduce_delay(const JudgedOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  JudgedPlan plan = judged_plan("delay", options, 20);
  const auto ids = delay_scenarios().first(options.is_quick() ? 1 : delay_scenarios().size());
  plan.scenarios.assign(ids.begin(), ids.end());
  const JudgedResults results =
      run_judged_jobs(plan, [](const ChangingCase& which, std::size_t /*number*/,
                               std::uint64_t seed) { return train_delay_policies(which, seed); });
  if (results.missing > 0) return table.note(results.missing_note());
  std::vector<DelayCase> cases;
  for (std::size_t i = 0; i < results.cases.size(); ++i) {
    cases.push_back({results.cases[i], results.policies[i]});
  }
  add_delay_rows(cases, table);
  table.note(fmt::format(
      "Seeds of log, training and the {} arrivals that are judged on were drawn from \"{}\": {}\n"
      "logs per scenario, of each a concurrent agent, one blind to the delay and least squares by\n"
      "the recipe of the scenario's load, with 40 % of the log explored instead of 20: it has to\n"
      "hold many actions after each other one. The concurrent one is told the action that runs\n"
      "while it decides, its age and t_AS, the blind one none of them. The recipe as it is: "
      "blind,\n"
      "of a log with its own 20 %. All guarded. A governor\n"
      "whose requests are in time less often than the scenario asks, or stock manages, minus\n"
      "{:g} points, saves nothing. Best fixed setting and best table are oracles: found on the\n"
      "arrivals that are judged on. Medians over the seeds with 95 % bootstrap intervals.",
      kJudgedArrivals, options.date, plan.seeds, kInTimeTolerance));
}

}  // namespace flyball
