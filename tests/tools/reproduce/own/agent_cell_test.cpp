#include "tools/reproduce/own/agent_cell.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tools/reproduce/own/saturated_scenario.h"
#include "tools/reproduce/published/rpe_cells.h"

namespace flyball {

namespace {

AgentCell small_cell() {
  AgentCell cell;
  cell.training = saturated_training("saturated", rpe_cells().front());
  cell.training.trainer.steps = 4000;
  cell.scenario = rpe_scenario(rpe_cells().front(), 640);
  cell.scenario.objective.latency_mean_factor = 1.4;
  cell.scenario.control.period_seconds = cell.training.spans.encoder.period_seconds;
  return cell;
}

}  // namespace

TEST_CASE("the cells of RPE are three boards times six workloads, with their full tables") {
  CHECK(rpe_cells().size() == 18);
  std::set<std::string> boards;
  std::set<std::string> workloads;
  for (const RpeCell& cell : rpe_cells()) {
    boards.insert(cell.board);
    workloads.insert(cell.workload);
    const Scenario scenario = rpe_scenario(cell);
    for (const Domain& domain : scenario.board.board.domains) {
      if (domain.kind == DomainKind::kEmc) continue;
      CAPTURE(scenario.id);
      CAPTURE(domain.name);
      const LevelRange limits = domain_limits(domain, scenario.mode, scenario.cpu_floor_hz);
      CHECK(limits.floor == 0);
      CHECK(limits.ceiling == domain.frequencies_hz.size() - 1);
    }
  }
  CHECK(boards.size() == 3);
  CHECK(workloads.size() == 6);
  CHECK_THROWS_AS(rpe_minimum_gpu_hz("tx2-8gb"), std::invalid_argument);
}

TEST_CASE(
    "a cell's oracle keeps the limit and saves, and a trained policy gets most of its saving") {
  const AgentCell cell = small_cell();
  const CellBaseline baseline = measure_baseline(cell, 2);
  CHECK(baseline.latency_limit_seconds ==
        doctest::Approx(1.4 * baseline.stock.latency_mean_seconds));
  CHECK(baseline.oracle.latency_mean_seconds <= baseline.latency_limit_seconds);
  CHECK(baseline.oracle_saving() > 0.0);

  const CellPolicies policies = train_and_judge(cell, baseline, {1800.0, 0.3}, 1);
  for (const CellPolicy& policy : {policies.least_squares, policies.dqn}) {
    CHECK(policy.served);
    CHECK(policy.latency_of_limit <= 1.02);
    CHECK(policy.share_of_oracle > 0.8);
  }
  CHECK(policies.least_squares.training_seconds < 0.1 * policies.dqn.training_seconds);

  // Hardly trained, the same cell has a policy that is worse in one or the other.
  AgentCell untrained = cell;
  untrained.training.trainer.steps = 1;
  const CellPolicy guess = train_and_judge(untrained, baseline, {1800.0, 0.3}, 1).dqn;
  CHECK((guess.share_of_oracle < 0.8 || guess.latency_of_limit > 1.02));
}

}  // namespace flyball
