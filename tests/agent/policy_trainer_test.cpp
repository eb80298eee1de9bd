#include "agent/policy_trainer.h"

#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "agent/least_squares_trainer.h"
#include "agent/tabular_trainer.h"
#include "agent/trainer.h"
#include "tests/agent/noisy_log.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

TrainerConfig per_request_config(LearnerKind kind) {
  TrainerConfig config;
  config.kind = kind;
  config.learner.gamma = 0.0;
  config.objective.per_request = true;
  config.steps = 20;
  if (kind == LearnerKind::kTabular) config.head = Head::kJoint;
  return config;
}

// What a policy says of the limits that it may be given.
std::optional<ServedRange> served(const TrainerConfig& config) {
  return policy_without_networks(config, noisy_log::make(1), noisy_log::encoder(), "v")
      .metadata.served_limit;
}

TrainerConfig with_limit(ConstraintKind kind) {
  TrainerConfig config = per_request_config(LearnerKind::kDqn);
  config.objective.constraint = ConstraintLimit{kind, 0.5};
  return config;
}

Transition transition_of(const SpanCost& before, const SpanCost& after) {
  Transition t;
  t.before_effect = before;
  t.after_effect = after;
  return t;
}

}  // namespace

TEST_CASE("the configuration names who trains, and for how many steps") {
  const TrainingSet set = noisy_log::make(200);
  const TrainerConfig steps = per_request_config(LearnerKind::kDqn);
  CHECK(all_steps(steps) == 20);
  const auto dqn = make_trainer(steps, set);
  CHECK(dynamic_cast<Trainer*>(dqn.get()) != nullptr);
  const TrainerConfig one = per_request_config(LearnerKind::kLeastSquares);
  CHECK(all_steps(one) == 1);
  const auto least_squares = make_trainer(one, set);
  CHECK(dynamic_cast<LeastSquaresTrainer*>(least_squares.get()) != nullptr);
  const TrainerConfig cells = per_request_config(LearnerKind::kTabular);
  CHECK(all_steps(cells) == 20);
  const auto table = make_trainer(cells, set);
  CHECK(dynamic_cast<TabularTrainer*>(table.get()) != nullptr);
}

TEST_CASE("whoever trains runs to its last step and has a policy of the same board and knobs") {
  for (const LearnerKind kind :
       {LearnerKind::kDqn, LearnerKind::kLeastSquares, LearnerKind::kTabular}) {
    const TrainerConfig config = per_request_config(kind);
    const TrainingSet set = noisy_log::make(300);
    const auto trainer = make_trainer(config, set);
    CHECK(trainer->steps() == 0);
    trainer->run(10, [](const TrainingProgress&) { return true; });
    CHECK(trainer->steps() == all_steps(config));
    CHECK(trainer->supported() == noisy_log::kLevels);
    const PolicyFile file = trainer->policy(noisy_log::encoder(), "v");
    CHECK(file.metadata.board == "test");
    CHECK(file.metadata.support.size() == noisy_log::kLevels);
    CHECK(file.tensors.contains("cost.0.weight"));
    CHECK(trainer->estimate(prepared(config, set)).behaviour_cost > 0.0);
  }
}

TEST_CASE("a configuration or a set that is wrong is refused by whoever is named") {
  for (const LearnerKind kind :
       {LearnerKind::kDqn, LearnerKind::kLeastSquares, LearnerKind::kTabular}) {
    CHECK_THROWS_AS(make_trainer(per_request_config(kind), TrainingSet{}), std::invalid_argument);
    TrainerConfig config = per_request_config(kind);
    config.degree = 0;
    CHECK_THROWS_AS(make_trainer(config, noisy_log::make(200)), std::invalid_argument);
  }
}

TEST_CASE("a policy file says what it was trained on, and how") {
  TrainerConfig config = per_request_config(LearnerKind::kDqn);
  config.seed = 17;
  config.head = Head::kBranching;
  config.objective.reward.eta = 0.5;
  config.objective.eta_range = ServedRange{0.2, 0.8};
  TrainingSet set = noisy_log::make(1);
  set.knobs.push_back({"batch", {1.0, 4.0}, {}});
  set.simulated = true;
  set.scenario = "quickstart";
  const PolicyMetadata metadata =
      policy_without_networks(config, set, noisy_log::encoder(), "0.9").metadata;
  CHECK(metadata.board == "test");
  REQUIRE(metadata.knobs.size() == 2);
  CHECK(metadata.knobs[0].name == "gpu");
  CHECK(metadata.knobs[0].levels.size() == noisy_log::kLevels);
  CHECK_FALSE(metadata.knobs[0].application);
  CHECK(metadata.knobs[1].application);
  CHECK(metadata.encoder.period_seconds == 2.0);
  CHECK(metadata.reward.eta == 0.5);
  CHECK(metadata.served_eta->low == 0.2);
  CHECK(metadata.cost_head == Head::kBranching);
  CHECK(metadata.constraint_head == Head::kBranching);
  CHECK(metadata.provenance.logs == std::vector<std::string>{"noisy"});
  CHECK(metadata.provenance.simulated);
  CHECK(metadata.provenance.seed == 17);
  CHECK(metadata.provenance.version == "0.9");
  CHECK(metadata.provenance.scenario == "quickstart");
  REQUIRE(metadata.training.has_value());
  CHECK(metadata.training->credit == SpanCredit::kWholeBatches);
  CHECK(metadata.training->gamma == 0.0);
}

TEST_CASE("a constraint's network may have a head of its own, and time is credited by the period") {
  TrainerConfig config = with_limit(ConstraintKind::kMissRate);
  config.constraint_head = Head::kJoint;
  config.objective.per_request = false;
  config.learner.gamma = 0.9;
  const PolicyFile file =
      policy_without_networks(config, noisy_log::make(1), noisy_log::encoder(), "v");
  CHECK(file.metadata.cost_head == Head::kSmooth);
  CHECK(file.metadata.constraint_head == Head::kJoint);
  CHECK(file.metadata.constraint->kind == ConstraintKind::kMissRate);
  CHECK(file.metadata.training->credit == SpanCredit::kPeriod);
  CHECK(file.metadata.training->gamma == 0.9);
  CHECK(file.tensors.empty());
}

TEST_CASE("any limit is served where a prediction is only compared with it") {
  const auto latency = served(with_limit(ConstraintKind::kLatency));
  REQUIRE(latency.has_value());
  CHECK(latency->low == 0.0);
  CHECK(latency->high == std::numeric_limits<double>::max());
  const auto misses = served(with_limit(ConstraintKind::kMissRate));
  REQUIRE(misses.has_value());
  CHECK(misses->high == 1.0);
}

TEST_CASE("where predictions depend on the limit, it alone is served, or the range asked for") {
  CHECK_FALSE(served(per_request_config(LearnerKind::kDqn)).has_value());  // there is none
  TrainerConfig looks_ahead = with_limit(ConstraintKind::kLatency);
  looks_ahead.learner.gamma = 0.5;
  CHECK_FALSE(served(looks_ahead).has_value());
  TrainerConfig by_time = with_limit(ConstraintKind::kLatency);
  by_time.objective.per_request = false;
  CHECK_FALSE(served(by_time).has_value());
  TrainerConfig tolerant = with_limit(ConstraintKind::kLatency);
  tolerant.objective.constraint->tolerance = 0.1;
  CHECK_FALSE(served(tolerant).has_value());
  TrainerConfig priced = with_limit(ConstraintKind::kLatency);
  priced.objective.constraint->multiplier = 1.0;
  CHECK_FALSE(served(priced).has_value());
  priced.objective.limit_range = ServedRange{0.4, 0.6};
  REQUIRE(served(priced).has_value());
  CHECK(served(priced)->low == 0.4);
}

TEST_CASE("the behaviour is the residents, or whoever decided where they served nothing") {
  TrainingSet set;
  set.transitions = {transition_of({1.0, 2.0, 3.0, 4.0, 1.0}, {1.0, 1.0, 1.0, 1.0, 0.0}),
                     transition_of({}, {2.0, 7.0, 6.0, 5.0, 2.0})};
  SpanCost all = behaviour_of(set);
  CHECK(all.energy_joules == 10.0);
  CHECK(all.in_system_seconds == 10.0);
  CHECK(all.served == 10.0);
  CHECK(all.missed == 3.0);
  set.residents = {5.0, 20.0, 4.0, 8.0, 0.0};
  CHECK(behaviour_of(set).energy_joules == 20.0);
  CHECK(behaviour_of(set).served == 8.0);
}

TEST_CASE("where nothing was served there is no cost of a request") {
  TrainingSet set;
  CHECK_THROWS_AS(behaviour_of(set), std::invalid_argument);
  set.transitions = {transition_of({}, {2.0, 7.0, 6.0, 0.0, 0.0})};
  CHECK(error_text([&] { behaviour_of(set); }) ==
        "no request was served in the data: there is no cost of one to lower");
}

TEST_CASE(
    "the behaviour's estimate is its cost per request, and its constraint where there is one") {
  const SpanCost behaviour{10.0, 20.0, 4.0, 8.0, 2.0};
  TrainingSet set;
  set.residents = behaviour;
  ObjectiveConfig objective;
  objective.reward.energy_reference_joules = 5.0;
  const TrainingEstimate plain = behaviour_estimate(objective, set, behaviour);
  CHECK(plain.behaviour_cost == doctest::Approx(20.0 / 5.0 / 8.0));
  CHECK(plain.against_residents);
  CHECK_FALSE(plain.behaviour_constraint.has_value());
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.0};
  CHECK(behaviour_estimate(objective, set, behaviour).behaviour_constraint == 0.5);
  objective.constraint->kind = ConstraintKind::kMissRate;
  CHECK(behaviour_estimate(objective, set, behaviour).behaviour_constraint == 0.25);
  CHECK_FALSE(behaviour_estimate(objective, TrainingSet{}, behaviour).against_residents);
}

TEST_CASE("a saving is a share of the behaviour's cost, below 0 where the policy costs more") {
  TrainingEstimate estimate;
  estimate.behaviour_cost = 2.0;
  estimate.policy_cost = 1.5;
  CHECK(estimate.saving() == 0.25);
  estimate.policy_cost = 3.0;
  CHECK(estimate.saving() == -0.5);
}
