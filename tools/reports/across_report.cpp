#include "tools/reports/across_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/statistics.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

constexpr double kShownSavings[] = {0.0, 0.05, 0.1, 0.2, 0.3};

// Stock, too, where nobody asked for it.
std::vector<const GovernorResult*> all_of(const Evaluation& evaluation) {
  std::vector<const GovernorResult*> results;
  bool has_stock = false;
  for (const GovernorResult& result : evaluation.results) {
    has_stock |= result.name == evaluation.stock.name;
    results.push_back(&result);
  }
  if (!has_stock) results.insert(results.begin(), &evaluation.stock);
  return results;
}

bool is_before(const GovernorResult& one, const GovernorResult& other) {
  const bool keeps = one.infeasible.empty();
  if (keeps != other.infeasible.empty()) return keeps;
  return one.figures.energy_joules < other.figures.energy_joules;
}

const GovernorResult* find(const Evaluation& evaluation, const std::string& name) {
  for (const GovernorResult* result : all_of(evaluation)) {
    if (result->name == name && !result->runs.empty()) return result;
  }
  return nullptr;
}

// Who is in place 1. Requires: somebody ran.
const GovernorResult* first_of(const Evaluation& evaluation) {
  const GovernorResult* first = nullptr;
  for (const GovernorResult* result : all_of(evaluation)) {
    if (result->runs.empty()) continue;
    if (first == nullptr || is_before(*result, *first)) first = result;
  }
  return first;
}

AcrossGovernor across(const std::vector<ScenarioEvaluation>& results, const std::string& name) {
  AcrossGovernor governor;
  governor.name = name;
  std::vector<std::vector<double>> strata;
  for (const ScenarioEvaluation& result : results) {
    const GovernorResult* found = find(result.evaluation, name);
    if (found == nullptr) continue;
    ++governor.scenarios;
    governor.kept += found->infeasible.empty() ? 1 : 0;
    governor.mean_place += static_cast<double>(*place_of(result.evaluation, name));
    strata.push_back(found->seed_savings);
    governor.savings.insert(governor.savings.end(), found->seed_savings.begin(),
                            found->seed_savings.end());
  }
  if (governor.scenarios == 0) return governor;
  governor.mean_place /= static_cast<double>(governor.scenarios);
  governor.interquartile_mean = interquartile_mean(governor.savings);
  governor.interval = stratified_bootstrap_interval(strata, interquartile_mean, 1);
  return governor;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

}  // namespace

std::optional<std::size_t> place_of(const Evaluation& evaluation, const std::string& name) {
  const GovernorResult* own = find(evaluation, name);
  if (own == nullptr) return std::nullopt;
  std::size_t place = 1;
  for (const GovernorResult* other : all_of(evaluation)) {
    if (!other->runs.empty() && is_before(*other, *own)) ++place;
  }
  return place;
}

std::vector<std::string> standing_of(const std::vector<ScenarioEvaluation>& results,
                                     const std::string& name) {
  std::vector<std::string> behind;
  std::size_t scenarios = 0;
  bool is_policy = false;
  for (const ScenarioEvaluation& result : results) {
    const std::optional<std::size_t> place = place_of(result.evaluation, name);
    if (!place) continue;
    const GovernorResult& own = *find(result.evaluation, name);
    is_policy |= own.figures.guard.has_value();
    ++scenarios;
    if (*place == 1) continue;
    const GovernorResult& first = *first_of(result.evaluation);
    behind.push_back(fmt::format("{}: place {} in {}, saves {} where {} saves {}{}", name, *place,
                                 result.scenario, percent(own.saving), first.name,
                                 percent(first.saving),
                                 own.infeasible.empty() ? "" : ", and does not keep the limits"));
  }
  if (!is_policy) return {};
  behind.insert(behind.begin(), fmt::format("{}: first in {} of {} scenarios", name,
                                            scenarios - behind.size(), scenarios));
  return behind;
}

std::vector<AcrossGovernor> across_scenarios(const std::vector<ScenarioEvaluation>& results) {
  std::vector<AcrossGovernor> governors;
  for (const ScenarioEvaluation& result : results) {
    for (const GovernorResult* governor : all_of(result.evaluation)) {
      const bool is_there =
          std::any_of(governors.begin(), governors.end(),
                      [&](const AcrossGovernor& known) { return known.name == governor->name; });
      if (!is_there && !governor->runs.empty()) {
        governors.push_back(across(results, governor->name));
      }
    }
  }
  return governors;
}

ReportTable across_table(const std::vector<ScenarioEvaluation>& results) {
  ReportTable table;
  table.caption = fmt::format(
      "Across {} scenarios: interquartile mean of the runs' savings, its 95 % interval, and the "
      "share of runs that save at least so much",
      results.size());
  table.header = {"governor", "kept", "place", "saving", "95 % of it"};
  for (const double saving : kShownSavings) {
    table.header.push_back(fmt::format(">= {:.0f} %", 100.0 * saving));
  }
  for (const AcrossGovernor& governor : across_scenarios(results)) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row = {governor.name, fmt::format("{}/{}", governor.kept, governor.scenarios),
           fmt::format("{:.1f}", governor.mean_place), percent(governor.interquartile_mean),
           fmt::format("{:.1f} .. {:.1f}", 100.0 * governor.interval.low,
                       100.0 * governor.interval.high)};
    for (const double saving : kShownSavings) {
      row.push_back(fmt::format("{:.2f}", share_at_least(governor.savings, saving)));
    }
  }
  table.notes.push_back(
      "kept: scenarios with all served and the limits kept; place: 1 is the least energy of those "
      "that keep them");
  for (const AcrossGovernor& governor : across_scenarios(results)) {
    for (std::string& text : standing_of(results, governor.name)) {
      table.notes.push_back(std::move(text));
    }
  }
  return table;
}

ordered_json across_json(const std::vector<ScenarioEvaluation>& results) {
  ordered_json json = ordered_json::array();
  for (const AcrossGovernor& governor : across_scenarios(results)) {
    ordered_json entry = {{"name", governor.name},
                          {"scenarios", governor.scenarios},
                          {"kept", governor.kept},
                          {"mean_place", governor.mean_place},
                          {"saving_interquartile_mean", governor.interquartile_mean},
                          {"saving_interval", {governor.interval.low, governor.interval.high}}};
    for (const double saving : kShownSavings) {
      entry["saving_profile"].push_back(
          {{"saving", saving}, {"share", share_at_least(governor.savings, saving)}});
    }
    for (const ScenarioEvaluation& result : results) {
      if (const auto place = place_of(result.evaluation, governor.name)) {
        entry["places"][result.scenario] = *place;
      }
    }
    json.push_back(entry);
  }
  return json;
}

}  // namespace flyball
