// A broken policy with and without the guard, on a simulated board.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "controllers/evaluation/evaluation.h"
#include "tests/support/queue_policy.h"
#include "tools/config/scenario.h"
#include "tools/reports/evaluation_report.h"

using namespace flyball;

namespace {

Evaluation evaluated(const std::string& scenario, double scale, bool guarded) {
  const EvaluationPlan plan = make_plan(load_scenario(scenario), {7, 8});
  GovernorChoice choice = policy_choice(queue_policy(plan, scale));
  choice.guarded = guarded;
  return evaluate(plan, {choice});
}

double in_time(const Evaluation& evaluation) {
  return evaluation.results.front().figures.in_time_share();
}

}  // namespace

TEST_CASE(
    "a policy that hardly sees anybody wait serves as stock does with the guard, not without") {
  for (const char* scenario : {"street-tx2", "rushes-agx-xavier", "questions-agx-orin"}) {
    for (const double scale : {0.0, 0.12}) {
      CAPTURE(scenario);
      CAPTURE(scale);
      const Evaluation bare = evaluated(scenario, scale, false);
      const Evaluation guarded = evaluated(scenario, scale, true);
      const double stock = guarded.stock.figures.in_time_share();
      CHECK(in_time(bare) < stock - 0.05);
      CHECK(in_time(guarded) >= stock - 0.005);
      CHECK(!bare.results.front().figures.guard);
      REQUIRE(guarded.results.front().figures.guard);
      CHECK(guarded.results.front().figures.guard->guarded_share() > 0.1);
      CHECK(to_text(guarded).find("policy: guarded for ") != std::string::npos);
      CHECK(to_json(guarded)["governors"][0]["guard"]["by_cause"].contains("overdue"));
    }
  }
}

TEST_CASE("a policy that keeps up is left alone") {
  for (const char* scenario : {"street-tx2", "rushes-agx-xavier", "bursts-agx-xavier"}) {
    CAPTURE(scenario);
    const Evaluation bare = evaluated(scenario, 10.0, false);
    const Evaluation guarded = evaluated(scenario, 10.0, true);
    const GovernorResult& result = guarded.results.front();
    REQUIRE(result.figures.guard);
    CHECK(result.figures.guard->guarded_share() < 0.01);
    CHECK(result.saving >= bare.results.front().saving - 0.003);
    CHECK(in_time(guarded) >= in_time(bare) - 0.003);
  }
}

TEST_CASE("a policy without a limit of its own is watched by the scenario's") {
  const auto guarded_share = [](double asked) {
    Scenario scenario = load_scenario("street-tx2");
    scenario.objective.in_time_share = asked;
    const EvaluationPlan plan = make_plan(scenario, {7, 8});
    GovernorChoice choice = policy_choice(queue_policy(plan, 0.12));
    choice.guarded = true;
    return evaluate(plan, {choice}).results.front().figures.guard->guarded_share();
  };
  CHECK(guarded_share(0.01) < guarded_share(0.99));  // nearly all may be late
}
