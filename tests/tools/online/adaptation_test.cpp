// Learning while governing a simulated board: what `flyball adapt` and `flyball reproduce drift`
// do.
#include "tools/online/adaptation.h"

#include <doctest/doctest.h>

#include "controllers/evaluation/sim_setup.h"
#include "env/sim/sim_plant.h"
#include "tests/support/state_store.h"
#include "tools/reproduce/own/drift_run.h"

using namespace flyball;

namespace {

const RpeCell& cell(const std::string& board, const std::string& workload) {
  for (const RpeCell& cell : rpe_cells()) {
    if (cell.board == board && cell.workload == workload) return cell;
  }
  throw std::invalid_argument(workload);
}

// A policy whose tests need not be good: few steps.
struct Sample {
  RpeCell cell = ::cell("xavier-nx-8gb", "distilbert");
  PolicyFile policy = train_for_drift(cell, 1);
  AdaptationConfig config = drift_adaptation(cell, 3);

  Sample() { config.learning.steps = 5; }
  SimConfig plant() const { return make_sim_config(rpe_scenario(cell, std::uint64_t{1} << 40), 4); }
};

const Sample& sample() {
  static const Sample sample;
  return sample;
}

StateStore state_of(Adaptation& adaptation) {
  StateStore store;
  StoreSaver saver(store);
  adaptation.visit_state(saver);
  return store;
}

}  // namespace

TEST_CASE("in turns, a resumed adaptation ends with the same bits as one that was never stopped") {
  SimPlant first_plant(sample().plant());
  Adaptation never_stopped(sample().config, sample().policy, first_plant);
  never_stopped.run({}, 90.0);
  CHECK(never_stopped.learner().spans() > 35);

  // Stopped in the middle of a period.
  SimPlant second_plant(sample().plant());
  Adaptation stopped(sample().config, sample().policy, second_plant);
  stopped.run([&] { return second_plant.timeline().now_seconds() > 40.7; }, 90.0);
  const StateStore store = state_of(stopped);
  SimPlant third_plant(sample().plant());
  Adaptation resumed(sample().config, sample().policy, third_plant);
  StoreRestorer restorer(store);
  resumed.visit_state(restorer);
  resumed.run({}, 90.0);

  CHECK(resumed.learner().spans() == never_stopped.learner().spans());
  CHECK(state_of(resumed) == state_of(never_stopped));
  CHECK(third_plant.truth().energy_joules == first_plant.truth().energy_joules);
}

TEST_CASE("with a learner's thread everything is learned from and no row is lost") {
  for (const LearnerPace pace : {LearnerPace::kHeld, LearnerPace::kThread}) {
    AdaptationConfig config = sample().config;
    config.pace = pace;
    config.learning.steps = 1;
    SimPlant plant(sample().plant());
    Adaptation adaptation(config, sample().policy, plant);
    const LoopReport report = adaptation.run({}, 60.0);
    const DecisionCounts& decisions = adaptation.decisions();
    CHECK(decisions.policy + decisions.random + decisions.residents == report.decisions);
    CHECK(adaptation.dropped_rows() == 0);
    CHECK(adaptation.learner().spans() + 3 >= report.decisions);
  }
}

TEST_CASE("a policy that another configuration trained is refused") {
  AdaptationConfig config = sample().config;
  config.spans.credit = SpanCredit::kPeriod;
  SimPlant plant(sample().plant());
  CHECK_THROWS_WITH_AS(Adaptation(config, sample().policy, plant),
                       "objective.credit = \"period\": only policies trained on whole batches "
                       "(saturated jobs) can adapt",
                       std::invalid_argument);
}

TEST_CASE("a policy that looks ahead is refused: adapting learns values of one span alone") {
  PolicyFile ahead = sample().policy;
  ahead.metadata.training = PolicyTraining{SpanCredit::kWholeBatches, 0.5};
  SimPlant plant(sample().plant());
  CHECK_THROWS_WITH_AS(Adaptation(sample().config, ahead, plant),
                       doctest::Contains("trained with gamma = 0.5"), std::invalid_argument);
}

TEST_CASE(
    "a policy that serves every eta or mode is refused: adapting under one unlearns the others") {
  PolicyFile served = sample().policy;
  served.metadata.served_eta = {0.0, 1.0};
  SimPlant plant(sample().plant());
  CHECK_THROWS_WITH_AS(Adaptation(sample().config, served, plant),
                       doctest::Contains("serves every eta or nvpmodel mode"),
                       std::invalid_argument);
}

TEST_CASE("three minutes after the workload changed the policy is back within 3 % of the oracle") {
  const DriftPair pair{cell("xavier-nx-8gb", "distilbert"), cell("xavier-nx-8gb", "resnet18")};
  const DriftOracle oracle = find_drift_oracle(pair.second, 1);
  const DriftResult result = run_drift(pair, oracle, sample().policy, 1);
  CHECK(result.frozen.energy > 0.1);  // otherwise there is nothing to learn
  CHECK(result.frozen.latency_of_limit > 1.0);
  CHECK(result.adapted.energy < 0.03);
  CHECK(result.adapted.latency_of_limit < 1.0);
  CHECK(result.changes >= 1);
  CHECK(result.explored_share < 0.25);
}
