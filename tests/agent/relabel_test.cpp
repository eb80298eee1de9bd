// One policy for every preference and mode: relabelling, and what comes of it and of masks in
// training and in the daemon's runtime.
#include "agent/relabel.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agent/trainer.h"
#include "policies/dense_policy.h"
#include "policies/preference.h"
#include "replay/uniform_replay.h"
#include "tests/agent/served_log.h"

using namespace flyball;
using served_log::kModes;

namespace {

double true_cost(double eta, std::size_t level) {
  return eta * served_log::energy(level) / served_log::energy(7) +
         (1.0 - eta) * served_log::latency(level) / served_log::latency(7);
}

// The cheapest level of a mode that keeps the limit.
std::size_t best_level(double eta, double limit, LevelRange mode) {
  std::size_t best = mode.ceiling;
  for (std::size_t level = mode.floor; level <= mode.ceiling; ++level) {
    const bool kept = served_log::latency(level) <= limit;
    if (kept && true_cost(eta, level) < true_cost(eta, best)) best = level;
  }
  return best;
}

// Eta and latency limit of every row drawn anew; per request any limit is served without.
TrainerConfig served_config() {
  TrainerConfig config;
  config.objective.per_request = true;
  config.objective.reward.energy_reference_joules = served_log::energy(7);
  config.objective.reward.latency_reference_seconds = served_log::latency(7);
  config.objective.eta_range = ServedRange{0.0, 1.0};
  config.objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 10.0, 1.0};
  config.network.learning_rate = 1e-3;
  config.steps = 1200;
  return config;
}

EncoderConfig without_limit() {
  EncoderConfig config = served_log::encoder();
  config.with_limit = false;
  return config;
}

TrainingSet without_limit(TrainingSet set) {
  set.observation_names.erase(set.observation_names.begin() + 1);
  for (Transition& t : set.transitions) {
    t.observation.erase(t.observation.begin() + 1);
    t.next_observation.erase(t.next_observation.begin() + 1);
  }
  return set;
}

}  // namespace

TEST_CASE("a relabelled transition costs what it would have cost under that preference") {
  ObjectiveConfig objective;
  objective.reward = {1.0, 2.0, 0.5, 0.0, 0.3};
  objective.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.05, 0.9};
  objective.eta_range = ServedRange{0.2, 0.8};
  objective.limit_range = ServedRange{0.01, 0.1};
  const TrainingSet set = served_log::make(64);
  UniformReplay replay({.capacity = 64, .observation_size = 5});
  for (const Transition& t : set.transitions) replay.add(t);
  std::mt19937_64 random(4);
  TransitionBatch batch;
  replay.sample(200, random, batch);
  const TransitionBatch before = batch;
  Relabel relabel(objective, set.layout());
  relabel.draw(batch, random);
  double lowest = 1.0;
  double highest = 0.0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const ObjectiveConfig own = relabel.objective(row);
    const double eta = own.reward.eta;
    const double limit = own.constraint->limit;
    lowest = std::min(lowest, eta);
    highest = std::max(highest, eta);
    CHECK(limit >= 0.01);
    CHECK(limit <= 0.1);
    for (const auto* observations : {&batch.observations, &batch.next_observations}) {
      CHECK((*observations)[row * 5] == static_cast<float>(eta));
      CHECK((*observations)[row * 5 + 1] ==
            doctest::Approx(std::log(limit / std::sqrt(0.001))).epsilon(1e-6));
      for (std::size_t i = 2; i < 5; ++i) {
        CHECK((*observations)[row * 5 + i] == before.observations[row * 5 + i]);
      }
    }
    const SpanCost& span = batch.after_effect[row];
    CHECK(span.energy_joules == before.after_effect[row].energy_joules);
    CHECK(cost_of(own, span) ==
          doctest::Approx(eta * *span.energy_joules / 2.0 +
                          (1.0 - eta) * span.in_system_seconds / 0.5 + 0.3 * span.missed));
    CHECK(constraint_of(own, span) ==
          doctest::Approx(span.missed - 0.9 * limit * span.served).epsilon(1e-12));
  }
  CHECK(lowest < 0.25);
  CHECK(highest > 0.75);
}

TEST_CASE("ranges that mean nothing are refused") {
  ObjectiveConfig objective;
  objective.eta_range = ServedRange{0.5, 1.5};
  CHECK_THROWS_WITH_AS(validate(objective),
                       "objective.eta_range = [0.5, 1.5]: must be ascending, in [0, 1]",
                       std::invalid_argument);
  objective.eta_range = ServedRange{0.0, 1.0};
  CHECK_THROWS_WITH_AS(Relabel(objective, ObservationLayout({"queue"}, {})),
                       "objective.eta_range: the observation does not hold the eta",
                       std::invalid_argument);
  objective.limit_range = ServedRange{0.1, 0.2};
  CHECK_THROWS_WITH_AS(validate(objective), "objective.limit_range: there is no constraint",
                       std::invalid_argument);
  objective.constraint = ConstraintLimit{ConstraintKind::kLatency, 0.1, 1.0};
  CHECK_NOTHROW(validate(objective));
  objective.constraint->multiplier = 0.0;
  CHECK_THROWS_WITH_AS(validate(objective),
                       "objective.limit_range: a multiplier is learned for one limit",
                       std::invalid_argument);
}

TEST_CASE("one policy finds each preference's and mode's best level") {
  for (const NetworkEngine engine : {NetworkEngine::kFused, NetworkEngine::kReference}) {
    TrainerConfig config = served_config();
    config.engine = engine;
    if (engine == NetworkEngine::kReference) config.steps = 600;
    Trainer trainer(config, without_limit(served_log::make(1500)));
    trainer.run(100, [](const TrainingProgress&) { return true; });
    const PolicyFile file = trainer.policy(without_limit(), "test");
    REQUIRE(file.metadata.served_eta.has_value());
    REQUIRE(file.metadata.served_limit.has_value());
    for (std::size_t mode = 0; mode < 2; ++mode) {
      for (const double eta : {0.0, 0.5, 1.0}) {
        for (const double limit : {1.05, 1.3, 3.0}) {
          CAPTURE(mode);
          CAPTURE(eta);
          CAPTURE(limit);
          if (mode == 1 && limit < 1.2) continue;  // out of its reach
          DensePolicy policy(with_preference(file, {eta, limit, {}}));
          policy.set_limits(std::span(&kModes[mode], 1));
          std::vector<float> seen = served_log::observation(eta, 0.0F, mode);
          seen.erase(seen.begin() + 1);
          const std::size_t level = policy.decide(seen);
          const std::size_t best = best_level(eta, limit, kModes[mode]);
          CHECK(served_log::latency(level) <= 1.03 * limit);
          CHECK(true_cost(eta, level) <= true_cost(eta, best) + 0.02);
        }
      }
    }
  }
}

TEST_CASE("levels that a mode forbids are never chosen, in training and at run time") {
  for (const double gamma : {0.0, 0.6}) {
    for (const bool constrained : {true, false}) {
      TrainerConfig config = served_config();
      config.objective.per_request = gamma == 0.0;
      config.learner.gamma = gamma;
      if (!constrained) config.objective.constraint.reset();
      config.steps = 60;  // badly trained: the mask has to hold all the same
      Trainer trainer(config, without_limit(served_log::make(300)));
      trainer.run(10, [](const TrainingProgress&) { return true; });
      DensePolicy policy(trainer.policy(without_limit(), "test"));
      std::mt19937_64 random(5);
      for (std::size_t mode = 0; mode < 2; ++mode) {
        policy.set_limits(std::span(&kModes[mode], 1));
        for (int i = 0; i < 2000; ++i) {
          std::vector<float> seen = served_log::observation(draw_unit(random), 0.0F, mode);
          seen.erase(seen.begin() + 1);
          seen[3] = static_cast<float>(20.0 * draw_unit(random) - 10.0);
          std::vector<std::uint32_t> action(1);
          trainer.act(seen, action);
          CHECK(action[0] >= kModes[mode].floor);
          CHECK(action[0] <= kModes[mode].ceiling);
          const std::size_t at_run_time = policy.decide(seen);
          CHECK(at_run_time >= kModes[mode].floor);
          CHECK(at_run_time <= kModes[mode].ceiling);
        }
      }
    }
  }
}

TEST_CASE("a policy that looks ahead serves a range of limits that its observation tells") {
  TrainerConfig config = served_config();
  config.objective.per_request = false;
  config.objective.constraint->limit = 1.3;
  config.objective.limit_range = ServedRange{1.0, 2.5};
  config.learner.gamma = 0.5;
  config.learner.target_tau = 0.05;
  config.steps = 2500;
  Trainer trainer(config, served_log::make(1500));
  trainer.run(100, [](const TrainingProgress&) { return true; });
  EncoderConfig encoder = served_log::encoder();
  encoder.limit = 1.3;
  encoder.limit_scale = limit_scale(config.objective);
  const PolicyFile file = trainer.policy(encoder, "test");
  for (const double limit : {1.15, 1.5, 2.3}) {
    CAPTURE(limit);
    const PolicyFile asked = with_preference(file, {1.0, limit, {}});
    DensePolicy policy(asked);
    const float encoded = encoded_limit(limit, encoder.limit_scale);
    CHECK(asked.metadata.encoder.limit == limit);
    const std::size_t level = policy.decide(served_log::observation(1.0, encoded, 0));
    CHECK(served_log::latency(level) <= 1.05 * limit);
    const std::size_t best = best_level(1.0, limit, kModes[0]);
    CHECK(true_cost(1.0, level) <= true_cost(1.0, best) + 0.03);
  }
  CHECK_THROWS_WITH_AS(with_preference(file, {{}, 3.0, {}}),
                       "latency limit = 3: the policy serves 1 to 2.5", std::invalid_argument);
  CHECK_THROWS_WITH_AS(with_preference(file, {{}, {}, 0.1}),
                       "miss limit = 0.1: the policy has none", std::invalid_argument);
}
