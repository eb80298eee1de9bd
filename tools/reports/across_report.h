// What several scenarios say of the governors together. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/reports/report_table.h"

namespace flyball {

struct ScenarioEvaluation {
  std::string scenario;
  Evaluation evaluation;
};

// A governor over all scenarios and seeds: its runs count alike.
struct AcrossGovernor {
  std::string name;
  std::size_t scenarios = 0;    // that it ran in
  std::size_t kept = 0;         // of these, with all served and the limits kept
  std::vector<double> savings;  // of stock's energy, one per scenario and seed
  double interquartile_mean = 0.0;
  Interval interval;        // 95 %, by a bootstrap of seeds within scenarios
  double mean_place = 0.0;  // 1: the least energy of those that keep the limits
};

// In the order of their first appearance; those that ran nowhere are left out.
std::vector<AcrossGovernor> across_scenarios(const std::vector<ScenarioEvaluation>& results);

// Of `name` among the scenario's governors, from 1 by energy; those that do not keep the limits
// come after those that do. Absent where it did not run.
std::optional<std::size_t> place_of(const Evaluation& evaluation, const std::string& name);

// Where a policy stands, plainly: in how many scenarios it is first, and a sentence for every one
// in which it is not. Empty for a governor that is no guarded policy.
std::vector<std::string> standing_of(const std::vector<ScenarioEvaluation>& results,
                                     const std::string& name);

ReportTable across_table(const std::vector<ScenarioEvaluation>& results);
nlohmann::ordered_json across_json(const std::vector<ScenarioEvaluation>& results);

}  // namespace flyball
