#include "policies/dense_policy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "tests/support/allocation_counter.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

// A policy whose predictions do not depend on the observation: the biases of single layers.
PolicyFile constant_policy(const std::vector<float>& costs, const std::vector<float>& constraints,
                           double limit) {
  PolicyFile file;
  file.metadata = sample_metadata();
  const std::size_t inputs = observation_names(file.metadata).size();
  file.tensors["cost.0.weight"] = {{12, inputs}, std::vector<float>(12 * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{12}, costs};
  if (!constraints.empty()) {
    file.metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, limit, 1.0};
    file.tensors["constraint.0.weight"] = file.tensors["cost.0.weight"];
    file.tensors["constraint.0.bias"] = {{12}, constraints};
  }
  return file;
}

std::size_t decision(const PolicyFile& file) {
  DensePolicy policy(file);
  return policy.decide(std::vector<float>(policy.observation_size(), 0.5F));
}

// Twelve values, `others` everywhere but at the entries named.
std::vector<float> values(float others, const std::vector<std::pair<std::size_t, float>>& entries) {
  std::vector<float> result(12, others);
  for (const auto& [index, value] : entries) result[index] = value;
  return result;
}

// The straightforward way, in double precision.
std::vector<double> reference_network(const PolicyFile& file, const std::string& name,
                                      const std::vector<float>& observation) {
  std::vector<double> x(observation.begin(), observation.end());
  const auto multiply = [&x](const Tensor& weight, const Tensor* bias) {
    std::vector<double> y(weight.shape[0]);
    for (std::size_t o = 0; o < y.size(); ++o) {
      y[o] = bias != nullptr ? static_cast<double>(bias->values[o]) : 0.0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        y[o] += static_cast<double>(weight.values[o * x.size() + i]) * x[i];
      }
    }
    x = y;
  };
  for (std::size_t l = 0; file.tensors.contains(name + "." + std::to_string(l) + ".weight"); ++l) {
    if (l > 0) {
      for (double& value : x) value = std::max(value, 0.0);
    }
    const std::string layer = name + "." + std::to_string(l);
    multiply(file.tensors.at(layer + ".weight"), &file.tensors.at(layer + ".bias"));
  }
  if (file.tensors.contains(name + ".phi")) multiply(file.tensors.at(name + ".phi"), nullptr);
  const std::vector<std::size_t> branches = branches_of(file.metadata, name);
  if (branches.empty()) return x;
  std::vector<double> joint;  // two knobs in the sample policy
  for (std::size_t i = 0; i < branches[0]; ++i) {
    for (std::size_t j = 0; j < branches[1]; ++j) {
      joint.push_back(0.5 * (x[i] + x[branches[0] + j]));
    }
  }
  return joint;
}

// Gives the sample policy's network a branching head: 3 + 4 outputs.
void make_branching(PolicyFile& file, const std::string& name) {
  std::mt19937_64 random(5);
  file.tensors.erase(name + ".phi");
  add_network(file, name, observation_names(file.metadata).size(), {16, 7}, random);
  (name == "cost" ? file.metadata.cost_head : file.metadata.constraint_head) = Head::kBranching;
}

struct ReferenceDecision {
  std::size_t action = 0;
  bool is_close = false;  // another action is as good within rounding
};

ReferenceDecision reference_decision(const PolicyFile& file, const std::vector<float>& o) {
  const std::vector<double> costs = reference_network(file, "cost", o);
  const std::vector<double> raw = reference_network(file, "constraint", o);
  const PolicyMetadata& m = file.metadata;
  const double limit = m.constraint->limit * m.constraint->margin;
  const double tolerance = 1e-4;
  ReferenceDecision best;
  std::optional<double> lowest;
  std::optional<double> least;
  for (const bool feasible_only : {true, false}) {
    for (std::size_t a = 0; a < costs.size(); ++a) {
      if (m.support[a] == 0) continue;
      const double constraint = m.constraint_output.value(raw[a]);
      if (std::abs(constraint - limit) < tolerance * limit) best.is_close = true;
      if (feasible_only && constraint > limit) continue;
      const double score = feasible_only ? m.cost_output.value(costs[a]) : constraint;
      std::optional<double>& record = feasible_only ? lowest : least;
      if (record && std::abs(score - *record) < tolerance) best.is_close = true;
      if (!record || score < *record) {
        record = score;
        best.action = a;
      }
    }
    if (lowest) return best;
  }
  return best;
}

}  // namespace

TEST_CASE("with a tolerance the cheapest action near the safest one is taken") {
  PolicyFile file = constant_policy(values(5.0F, {{3, 2.0F}, {7, 1.0F}}),
                                    values(8.0F, {{1, 4.0F}, {3, 4.1F}, {7, 6.0F}}), 1.0);
  CHECK(decision(file) == 1);  // no action keeps the limit: the safest
  file.metadata.constraint->tolerance = 0.5 * std::abs(file.metadata.constraint_output.scale);
  CHECK(decision(file) == 3);
  file.metadata.constraint->tolerance = 2.5 * std::abs(file.metadata.constraint_output.scale);
  CHECK(decision(file) == 7);
}

TEST_CASE("without a constraint the cheapest action is chosen") {
  CHECK(decision(constant_policy(values(1.0F, {{7, 0.5F}}), {}, 0.0)) == 7);
}

TEST_CASE("the cheapest action under the limit is chosen, a limit just reached is kept") {
  const auto costs = values(1.0F, {{7, 0.5F}, {3, 0.6F}, {2, 0.7F}});
  CHECK(decision(constant_policy(costs, values(0.1F, {{7, 2.0F}}), 1.0)) == 3);
  CHECK(decision(constant_policy(costs, values(0.1F, {{7, 1.0F}}), 1.0)) == 7);
  CHECK(decision(constant_policy(costs, values(0.1F, {{7, 2.0F}, {3, 1.01F}}), 1.0)) == 2);
}

TEST_CASE("the margin tightens the limit") {
  const auto costs = values(1.0F, {{7, 0.5F}, {3, 0.6F}});
  PolicyFile file = constant_policy(costs, values(0.1F, {{7, 0.95F}}), 1.0);
  CHECK(decision(file) == 7);
  file.metadata.constraint->margin = 0.9;
  CHECK(decision(file) == 3);
}

TEST_CASE("when nothing keeps the limit the least constraint is chosen") {
  const auto costs = values(1.0F, {{7, 0.5F}});
  const PolicyFile file = constant_policy(costs, values(3.0F, {{5, 2.0F}}), 1.0);
  DensePolicy policy(file);
  const std::vector<float> observation(policy.observation_size(), 0.0F);
  CHECK(policy.decide(observation) == 5);
  CHECK_FALSE(policy.is_feasible());
}

TEST_CASE("ties go to the lower index") {
  CHECK(decision(constant_policy(values(1.0F, {}), {}, 0.0)) == 0);
  CHECK(decision(constant_policy(values(1.0F, {}), values(3.0F, {}), 1.0)) == 0);
}

TEST_CASE("unsupported actions are never chosen, feasible or not") {
  PolicyFile file = constant_policy(values(1.0F, {{7, 0.5F}}), values(3.0F, {{7, 0.1F}}), 1.0);
  file.metadata.support[7] = 0;
  file.metadata.support[0] = 0;
  CHECK(decision(file) == 1);
}

TEST_CASE("a network that predicts the negative cost has a scale below zero") {
  PolicyFile file = constant_policy(values(1.0F, {{7, 5.0F}}), values(-3.0F, {{7, -0.5F}}), 1.0);
  file.metadata.cost_output.scale = -2.0;
  file.metadata.constraint_output.scale = -1.0;
  DensePolicy policy(file);
  CHECK(policy.decide(std::vector<float>(policy.observation_size(), 0.0F)) == 7);
  CHECK(policy.predicted(7).cost == -10.0);
  CHECK(*policy.predicted(7).constraint == 0.5);
  CHECK(*policy.predicted(6).constraint == 3.0);
  CHECK(policy.is_feasible());
}

TEST_CASE("a network of logarithms is compared with the logarithm of the limit") {
  const float log_limit = std::log(2.0F);
  PolicyFile file = constant_policy(values(1.0F, {{7, 0.5F}, {3, 0.6F}}),
                                    values(0.0F, {{7, log_limit + 0.01F}}), 2.0);
  file.metadata.constraint_output.exponential = true;
  CHECK(decision(file) == 3);
  file.metadata.constraint->limit = 2.1;
  CHECK(decision(file) == 7);
}

TEST_CASE("limits mask the joint actions") {
  const PolicyFile file = constant_policy(values(1.0F, {{11, 0.5F}, {5, 0.7F}}), {}, 0.0);
  DensePolicy policy(file);
  const std::vector<float> observation(policy.observation_size(), 0.0F);
  std::vector<Level> levels(2);
  policy.act(observation, levels);
  CHECK(levels == std::vector<Level>{2, 3});
  policy.set_limits(std::vector<LevelRange>{{0, 1}, {1, 2}});
  CHECK(policy.allowed().size() == 4);
  policy.act(observation, levels);
  CHECK(levels == std::vector<Level>{1, 1});
}

TEST_CASE("limits that leave no supported action are refused and change nothing") {
  PolicyFile file = constant_policy(values(1.0F, {{5, 0.5F}}), {}, 0.0);
  file.metadata.support.assign(12, 0);
  file.metadata.support[5] = 1;
  DensePolicy policy(file);
  CHECK_THROWS_AS(policy.set_limits(std::vector<LevelRange>{{0, 0}, {0, 3}}),
                  std::invalid_argument);
  CHECK(policy.decide(std::vector<float>(policy.observation_size(), 0.0F)) == 5);
}

TEST_CASE("a branching head's joint value is the mean over its branches, and masks hold for it") {
  PolicyFile file;
  file.metadata = sample_metadata();
  file.metadata.cost_head = Head::kBranching;
  const std::size_t inputs = observation_names(file.metadata).size();
  file.tensors["cost.0.weight"] = {{7, inputs}, std::vector<float>(7 * inputs, 0.0F)};
  file.tensors["cost.0.bias"] = {{7}, {3.0F, 1.0F, 2.0F, 8.0F, 5.0F, 4.0F, 7.0F}};
  DensePolicy policy(file);
  const std::vector<float> observation(policy.observation_size(), 0.5F);
  CHECK(policy.decide(observation) == 1 * 4 + 2);  // each knob's cheapest level
  CHECK(policy.predicted(6).cost == doctest::Approx(0.5 * (1.0 + 4.0)));
  CHECK(policy.predicted(2 * 4 + 3).cost == doctest::Approx(0.5 * (2.0 + 7.0)));
  policy.set_limits(std::vector<LevelRange>{{0, 2}, {3, 3}});
  CHECK(policy.decide(observation) == 1 * 4 + 3);
  file.metadata.support[6] = 0;  // a joint mask that no branch could express
  CHECK(DensePolicy(file).decide(observation) == 1 * 4 + 1);
}

TEST_CASE("several rows give the actions of each row alone") {
  DensePolicy policy(sample_policy());
  std::mt19937_64 random(4);
  const std::size_t rows = 5;
  const Tensor observations = random_tensor({rows, policy.observation_size()}, random);
  std::vector<Level> together(rows * 2);
  policy.act(observations.values, together);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t size = policy.observation_size();
    std::vector<Level> alone(2);
    policy.act(std::span(observations.values).subspan(row * size, size), alone);
    CHECK(alone[0] == together[row * 2]);
    CHECK(alone[1] == together[row * 2 + 1]);
  }
}

TEST_CASE("a decision allocates nothing") {
  DensePolicy policy(sample_policy());
  const std::vector<float> observation(policy.observation_size(), 0.1F);
  std::vector<Level> levels(2);
  const std::size_t before = allocation_count();
  REQUIRE(before > 0);  // the counter counts
  for (int i = 0; i < 100; ++i) policy.act(observation, levels);
  CHECK(allocation_count() == before);
}

TEST_CASE("single precision decides as a double-precision reference does, ties apart") {
  PolicyFile file = sample_policy(11);
  SUBCASE("smooth cost, joint constraint") {}
  SUBCASE("branching cost, joint constraint") { make_branching(file, "cost"); }
  SUBCASE("smooth cost, branching constraint") { make_branching(file, "constraint"); }
  SUBCASE("both branching") {
    make_branching(file, "cost");
    make_branching(file, "constraint");
  }
  file.metadata.support = {1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1};
  file.metadata.constraint->limit = 0.4;
  DensePolicy policy(file);
  std::mt19937_64 random(12);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> observation(policy.observation_size());
  int close = 0;
  int infeasible = 0;
  int wrong = 0;
  for (int i = 0; i < 100000; ++i) {
    for (float& value : observation) value = normal(random);
    const ReferenceDecision reference = reference_decision(file, observation);
    const std::size_t action = policy.decide(observation);
    infeasible += policy.is_feasible() ? 0 : 1;
    close += reference.is_close ? 1 : 0;
    wrong += !reference.is_close && action != reference.action ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(close < 2000);
  MESSAGE(infeasible, " infeasible, ", close, " too close to call");
  CHECK(infeasible > 100);  // both branches of the rule were taken
  CHECK(infeasible < 99900);
}

TEST_CASE("with a multiplier the action is the cheapest by cost plus priced constraint") {
  PolicyFile file = sample_policy(3);
  file.metadata.constraint_output = {0.2, 0.5, false};
  file.metadata.constraint->multiplier = 1.7;
  DensePolicy policy(file);
  std::mt19937_64 random(8);
  std::normal_distribution<float> normal;
  std::vector<float> observation(policy.observation_size());
  std::size_t moved = 0;
  for (int i = 0; i < 500; ++i) {
    for (float& x : observation) x = normal(random);
    const std::size_t action = policy.decide(observation);
    const auto score = [&](std::size_t a) {
      const PredictedAction predicted = policy.predicted(a);
      return predicted.cost + 1.7 * *predicted.constraint;
    };
    std::size_t cheapest = 0;
    for (std::size_t a = 0; a < policy.action_space().size(); ++a) {
      CHECK(score(action) <= score(a) + 1e-5);
      if (policy.predicted(a).cost < policy.predicted(cheapest).cost) cheapest = a;
    }
    if (cheapest != action) ++moved;
  }
  CHECK(moved > 50);
  file.metadata.constraint_output.exponential = true;
  CHECK_THROWS_WITH_AS(
      DensePolicy{file},
      "policy: constraint.multiplier: neither with a tolerance nor with exponential outputs",
      PolicyFileError);
}
