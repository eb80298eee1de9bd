#include "tools/reproduce/own/blind_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/networks/q_network.h"
#include "env/statistics.h"
#include "tools/reproduce/common/median_rows.h"

namespace flyball {

namespace {

constexpr double kVariantTolerance = 0.5;    // the same where scenario or log were changed
constexpr double kBrokenWithoutGuard = 1.0;  // % of the policies
constexpr double kWorthLearning = 5.0;       // points beyond the best fixed setting
constexpr double kNotBelow = 0.5;            // points, where the queue says nothing
constexpr std::size_t kTrainedShare = 4;     // of so many seeds one learns of changed logs, too

template <typename Item, typename Field>
std::vector<double> percent(const std::vector<Item>& items, Field field) {
  std::vector<double> values;
  for (const Item& item : items) values.push_back(100.0 * field(item));
  return values;
}

double in_time(const JudgedRun& result) { return 100.0 * result.in_time; }

std::size_t count_short(const BlindCase& blind, JudgedRun BlindPolicy::*which) {
  return static_cast<std::size_t>(
      std::count_if(blind.policies.begin(), blind.policies.end(), [&](const BlindPolicy& policy) {
        return in_time(policy.*which) < blind.asked_percent() - kInTimeTolerance;
      }));
}

void add_savings(const BlindCase& blind, ReproductionTable& table) {
  const std::string& name = blind.which.name;
  const double fixed = 100.0 * blind.best_fixed.saving;
  const double queue = 100.0 * blind.queue_table.saving;
  const std::vector<double> saved =
      percent(blind.policies, [](const BlindPolicy& p) { return p.guarded.saving; });
  table.show(name + ": best fixed setting saves", std::nullopt, fixed, "%");
  table.show(name + ": best table by queue length saves", std::nullopt, queue, "%");
  show_median(table, name + ": policy saves, median", saved);
  show_median(table, name + ": without the guard",
              percent(blind.policies, [](const BlindPolicy& p) { return p.bare.saving; }));
  show_median(table, name + ": least squares saves, guarded, median",
              percent(blind.policies, [](const BlindPolicy& p) { return p.least_squares.saving; }));
  const bool is_worth_it = queue - fixed >= kWorthLearning;
  const char* why = is_worth_it ? "a table gains as much" : "a table gains little";
  table.check_at_least(fmt::format("{}: beyond the best fixed setting, median ({})", name, why),
                       is_worth_it ? kWorthLearning : -kNotBelow, median(saved) - fixed, "points");
}

void add_rows(const BlindCase& blind, ReproductionTable& table) {
  const std::string& name = blind.which.name;
  add_savings(blind, table);
  const auto constants =
      std::count_if(blind.policies.begin(), blind.policies.end(),
                    [](const BlindPolicy& policy) { return policy.is_constant; });
  table.show(name + ": policies that are the best constant setting", std::nullopt,
             static_cast<double>(constants), "");
  show_median(
      table, name + ": share of the time guarded, median",
      percent(blind.policies, [](const BlindPolicy& p) { return *p.guarded.guarded_share; }));
  const auto worst = [&](auto field) {
    return interpolated_quantile(percent(blind.policies, field), 0.0);
  };
  table.check_at_least(name + ": in time, worst", blind.asked_percent() - kInTimeTolerance,
                       worst([](const BlindPolicy& p) { return p.guarded.in_time; }), "%");
  table.show(name + ": without the guard, worst", blind.asked_percent() - kInTimeTolerance,
             worst([](const BlindPolicy& p) { return p.bare.in_time; }), "%");
}

std::vector<VariantResult> results_of(const BlindCase& blind, const std::string& variant) {
  std::vector<VariantResult> all;
  for (const BlindPolicy& policy : blind.policies) {
    for (const VariantResult& result : policy.variants) {
      if (result.variant == variant && !result.refused) all.push_back(result);
    }
  }
  return all;
}

// The policy that is furthest below what it was asked for, guarded.
void add_variant_rows(const BlindCase& blind, ReproductionTable& table) {
  for (const BlindVariant& variant : blind_variants()) {
    const std::vector<VariantResult> results = results_of(blind, variant.name);
    if (results.empty()) continue;
    const auto worst = std::min_element(results.begin(), results.end(),
                                        [](const VariantResult& a, const VariantResult& b) {
                                          return a.in_time - a.asked < b.in_time - b.asked;
                                        });
    const std::string name = fmt::format("{}, {}", blind.which.name, variant.name);
    table.check_at_least(name + ": in time, worst", 100.0 * worst->asked - kVariantTolerance,
                         100.0 * worst->in_time, "%");
    show_median(table, name + ": saves, median",
                percent(results, [](const VariantResult& r) { return r.saving; }));
  }
}

void add_counts(const std::vector<BlindCase>& cases, ReproductionTable& table) {
  std::size_t all = 0;
  std::size_t guarded = 0;
  std::size_t bare = 0;
  std::size_t refused = 0;
  for (const BlindCase& blind : cases) {
    all += blind.policies.size();
    guarded += count_short(blind, &BlindPolicy::guarded);
    bare += count_short(blind, &BlindPolicy::bare);
    for (const BlindPolicy& policy : blind.policies) {
      refused += static_cast<std::size_t>(std::count_if(
          policy.variants.begin(), policy.variants.end(), [](const auto& v) { return v.refused; }));
    }
  }
  table.show("policies", std::nullopt, static_cast<double>(all), "");
  table.check_at_most("policies that fall short with the guard", 0.0, static_cast<double>(guarded),
                      "");
  table.check_at_most("policies that fall short without the guard", kBrokenWithoutGuard,
                      100.0 * static_cast<double>(bare) / static_cast<double>(all), "%");
  table.show("changed logs of which nothing could be learned", std::nullopt,
             static_cast<double>(refused), "");
}

VariantEffort effort_of(const JudgedOptions& options, std::size_t seed) {
  if (options.effort == Effort::kQuick) return VariantEffort::kNone;
  return seed % kTrainedShare == 0 ? VariantEffort::kTrained : VariantEffort::kDeployed;
}

}  // namespace

void add_blind_rows(const std::vector<BlindCase>& cases, ReproductionTable& table) {
  for (const BlindCase& blind : cases) add_rows(blind, table);
  for (const BlindCase& blind : cases) add_variant_rows(blind, table);
  add_counts(cases, table);
}

void reproduce_blind(const JudgedOptions& options, ReproductionTable& table) {
  set_torch_threads(1);
  JudgedPlan plan = judged_plan("blind", options, 20);
  for (const BlindScenario& scenario : blind_scenarios()) {
    if (!options.is_quick() || scenario.quick) plan.scenarios.push_back(scenario.id);
  }
  const JudgedResults results =
      run_judged_jobs(plan, [&](const ChangingCase& which, std::size_t number, std::uint64_t seed) {
        return train_blind_policy(which, seed, effort_of(options, number));
      });
  if (results.missing > 0) return table.note(results.missing_note());
  std::vector<BlindCase> cases;
  for (std::size_t i = 0; i < results.cases.size(); ++i) {
    cases.push_back({results.cases[i], results.policies[i]});
  }
  add_blind_rows(cases, table);
  table.note(fmt::format(
      "Seeds of log, training and the {} arrivals that are judged on were drawn from \"{}\": {}\n"
      "policies per scenario, by the recipe of its load (flyball train SCENARIO). In time: at\n"
      "least what the scenario asks, or what stock manages where that is less, minus {:g} points\n"
      "({:g} where scenario or log were changed). Medians over the policies, with 95 % bootstrap\n"
      "intervals. Best fixed setting and best table are oracles: found on the arrivals that are\n"
      "judged on. Where the table gains {:g} points of stock's energy on the best fixed setting,\n"
      "the policy has to gain as much; elsewhere it must not be more than {:g} points below.\n"
      "Deadlines and load: the policies of all seeds, deployed there. Logs: one seed of {}, from\n"
      "the first on, trained anew; all guarded. Least squares: a bandit of the same data and\n"
      "prices, which looks one span ahead, by its posterior's mean. Thompson sampling draws "
      "around\n"
      "that mean in order to explore; a finished log gives it nothing to find out, and a policy\n"
      "file decides the same way twice: there is no row for it.",
      kJudgedArrivals, options.date, plan.seeds, kInTimeTolerance, kVariantTolerance,
      kWorthLearning, kNotBelow, kTrainedShare));
}

}  // namespace flyball
