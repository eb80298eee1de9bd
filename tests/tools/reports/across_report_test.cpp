#include "tools/reports/across_report.h"

#include <doctest/doctest.h>

using namespace flyball;
using doctest::Approx;

namespace {

GovernorResult result(const std::string& name, double joules, std::vector<double> savings,
                      const std::string& infeasible = "") {
  GovernorResult result;
  result.name = name;
  result.figures.energy_joules = joules;
  result.runs.resize(savings.size());
  result.seed_savings = std::move(savings);
  result.infeasible = infeasible;
  return result;
}

Evaluation evaluation(std::vector<GovernorResult> results) {
  Evaluation evaluation;
  evaluation.stock = result("stock", 100.0, {0.0, 0.0});
  evaluation.results = std::move(results);
  return evaluation;
}

// "a" wins in the first scenario; in the second it saves most and keeps no limit.
std::vector<ScenarioEvaluation> two_scenarios() {
  return {{"one", evaluation({result("a", 80.0, {0.2, 0.2}), result("b", 90.0, {0.1, 0.1})})},
          {"two",
           evaluation({result("a", 50.0, {0.5, 0.5}, "too late"), result("b", 95.0, {0.0, 0.1})})}};
}

}  // namespace

TEST_CASE("places go by energy among those that keep the limits, the others come after") {
  const std::vector<ScenarioEvaluation> results = two_scenarios();
  CHECK(*place_of(results[0].evaluation, "a") == 1);
  CHECK(*place_of(results[0].evaluation, "stock") == 3);
  CHECK(*place_of(results[1].evaluation, "b") == 1);
  CHECK(*place_of(results[1].evaluation, "a") == 3);
  CHECK_FALSE(place_of(results[1].evaluation, "c"));
}

TEST_CASE("scenarios are summed up as one works it out by hand") {
  const std::vector<AcrossGovernor> governors = across_scenarios(two_scenarios());
  REQUIRE(governors.size() == 3);
  CHECK(governors[0].name == "stock");
  const AcrossGovernor& a = governors[1];
  CHECK(a.scenarios == 2);
  CHECK(a.kept == 1);
  CHECK(a.mean_place == 2.0);
  CHECK(a.interquartile_mean == Approx(0.35));  // of 0.2, 0.2, 0.5, 0.5 the two in the middle
  // Seeds are drawn within their scenario, where they are equal here: nothing varies.
  CHECK(a.interval.low == Approx(0.35));
  CHECK(a.interval.high == Approx(0.35));
  const AcrossGovernor& b = governors[2];
  CHECK(b.kept == 2);
  CHECK(b.interval.low < b.interval.high);
  CHECK(across_json(two_scenarios())[1]["places"]["two"] == 3);
}

TEST_CASE("the table across scenarios has the profile") {
  const ReportTable table = across_table(two_scenarios());
  CHECK(table.rows[1] == std::vector<std::string>{"a", "1/2", "2.0", "35.0 %", "35.0 .. 35.0",
                                                  "1.00", "1.00", "1.00", "1.00", "0.50"});
}

TEST_CASE("where a policy stands is said plainly, also where it loses") {
  std::vector<ScenarioEvaluation> results = two_scenarios();
  CHECK(standing_of(results, "a").empty());  // no policy
  for (ScenarioEvaluation& result : results) {
    result.evaluation.results[0].figures.guard = GuardReport{};
    result.evaluation.results[0].saving = result.evaluation.results[0].seed_savings[0];
    result.evaluation.results[1].saving = 0.05;
  }
  const std::vector<std::string> standing = standing_of(results, "a");
  REQUIRE(standing.size() == 2);
  CHECK(standing[0] == "a: first in 1 of 2 scenarios");
  CHECK(standing[1] ==
        "a: place 3 in two, saves 50.0 % where b saves 5.0 %, and does not keep the limits");
  CHECK(across_table(results).notes.back() == standing[1]);
}
