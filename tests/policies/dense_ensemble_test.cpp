#include "policies/dense_ensemble.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <stdexcept>

#include "policies/dense_policy.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/sample_policy.h"

using namespace flyball;

namespace {

std::vector<float> random_observation(std::size_t size, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  std::vector<float> observation(size);
  for (float& value : observation) value = normal(random);
  return observation;
}

}  // namespace

TEST_CASE("an ensemble says the highest of what its members say, of one what that one says") {
  std::mt19937_64 random(3);
  for (const std::size_t count : std::initializer_list<std::size_t>{1, 2, 3, 5}) {
    const PolicyFile file = ensemble_policy(count);
    DenseEnsemble ensemble = ensemble_of(file, "constraint");
    CHECK(ensemble.members().size() == count);
    for (int trial = 0; trial < 20; ++trial) {
      const std::vector<float> observation = random_observation(ensemble.input_size(), random);
      std::vector<float> highest(12, -std::numeric_limits<float>::infinity());
      for (std::size_t m = 0; m < count; ++m) {
        DenseNetwork member(member_name("constraint", m), file.tensors);
        const std::span<const float> said = member.evaluate(observation);
        for (std::size_t a = 0; a < 12; ++a) highest[a] = std::max(highest[a], said[a]);
      }
      const std::span<const float> all = ensemble.evaluate(observation);
      CHECK(std::vector<float>(all.begin(), all.end()) == highest);
    }
  }
}

TEST_CASE("one member that says no number of an action is enough to be told") {
  PolicyFile file = ensemble_policy(3);
  file.tensors["cost_3.phi"].values[4 * 6] = std::numeric_limits<float>::infinity();
  DenseEnsemble ensemble = ensemble_of(file, "cost");
  ensemble.evaluate(std::vector<float>(ensemble.input_size(), 0.5F));
  CHECK_FALSE(ensemble.is_finite(4));
  CHECK(ensemble.is_finite(5));
}

TEST_CASE("members of different sizes are refused by name") {
  PolicyFile file = ensemble_policy(2);
  file.tensors["cost_2.phi"].shape[0] = 11;
  file.tensors["cost_2.phi"].values.resize(11 * 6);
  CHECK_THROWS_WITH_AS((void)ensemble_of(file, "cost"),
                       "tensors 'cost_2.*': 9 inputs and 11 outputs, those of 'cost' have 9 and 12",
                       std::invalid_argument);
}

TEST_CASE("a policy of several members decides by their highest values, without allocating") {
  const PolicyFile file = ensemble_policy(3);
  DensePolicy policy(file);
  DenseEnsemble costs = ensemble_of(file, "cost");
  DenseEnsemble constraints = ensemble_of(file, "constraint");
  std::mt19937_64 random(9);
  int not_of_first = 0;
  DensePolicy first(ensemble_policy(1));
  for (int trial = 0; trial < 100; ++trial) {
    const std::vector<float> observation = random_observation(policy.observation_size(), random);
    const std::span<const float> cost = costs.evaluate(observation);
    const std::span<const float> constraint = constraints.evaluate(observation);
    const auto limit = static_cast<float>(1.4 * 0.99);
    std::size_t best = 12;
    for (std::size_t a = 0; a < 12; ++a) {
      if (constraint[a] <= limit && (best == 12 || cost[a] < cost[best])) best = a;
    }
    if (best == 12) {
      best = static_cast<std::size_t>(std::min_element(constraint.begin(), constraint.end()) -
                                      constraint.begin());
    }
    const std::size_t before = allocation_count();
    const std::size_t decided = policy.decide(observation);
    CHECK(allocation_count() == before);
    CHECK(decided == best);
    CHECK(policy.predicted(decided).cost == doctest::Approx(cost[decided]));
    if (first.decide(observation) != decided) ++not_of_first;
  }
  CHECK(not_of_first > 10);
}
