#include "agent/networks/ensemble_function.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "agent/networks/fused_network.h"

using namespace flyball;

namespace {

constexpr std::size_t kActions = 5;
constexpr std::array<float, 6> kObservations{0.1F, -0.4F, 0.9F, 0.3F, -1.2F, 0.7F};  // [3, 2]
constexpr std::array<std::int64_t, 3> kTaken{4, 0, 2};
constexpr std::array<float, 3> kTargets{1.0F, -2.0F, 0.5F};
constexpr std::array<float, 3> kWeights{1.0F, 1.0F, 0.5F};

std::unique_ptr<ValueNetwork> network(std::uint64_t seed, std::size_t actions = kActions) {
  QNetworkShape shape;
  shape.observation_size = 2;
  shape.action_count = actions;
  QNetworkConfig config;
  config.hidden = {8};
  config.learning_rate = 0.01;
  return std::make_unique<FusedNetwork>(shape, config, seed);
}

EnsembleFunction ensemble(std::uint64_t first_seed = 1) {
  std::vector<std::unique_ptr<ValueNetwork>> members;
  for (std::uint64_t m = 0; m < 3; ++m) members.push_back(network(first_seed + m));
  return EnsembleFunction(std::move(members));
}

std::vector<float> values_of(QFunction& function) {
  std::vector<float> values(3 * kActions);
  function.predict(kObservations, values);
  return values;
}

FitRows rows() { return {kObservations, kTaken, kTargets, kWeights}; }

}  // namespace

TEST_CASE("values are the highest of the members', errors are the targets less them") {
  EnsembleFunction function = ensemble();
  std::vector<float> highest(3 * kActions, -1e9F);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::vector<float> said = values_of(*network(seed));
    for (std::size_t i = 0; i < said.size(); ++i) highest[i] = std::max(highest[i], said[i]);
  }
  CHECK(values_of(function) == highest);

  const std::array<std::uint32_t, 3> taken{4, 0, 2};
  std::array<float, 3> evaluated{};
  function.evaluate(kObservations, taken, evaluated);
  std::array<std::uint32_t, 3> cheapest{};
  const std::array<std::uint32_t, 3> allowed{1, 2, 4};
  function.cheapest(kObservations, allowed, cheapest);
  std::array<float, 3> errors{};
  function.fit(rows(), errors);
  for (std::size_t row = 0; row < 3; ++row) {
    const float* of_row = highest.data() + row * kActions;
    CHECK(evaluated[row] == doctest::Approx(of_row[taken[row]]));
    CHECK(errors[row] == doctest::Approx(kTargets[row] - of_row[taken[row]]));
    for (const std::uint32_t action : allowed) CHECK(of_row[cheapest[row]] <= of_row[action]);
  }
}

TEST_CASE("every member learns, each as if it were alone, and the loss is their mean") {
  EnsembleFunction function = ensemble();
  std::array<float, 3> errors{};
  const double loss = function.fit(rows(), errors);
  double sum = 0.0;
  for (std::uint64_t m = 0; m < 3; ++m) {
    const std::unique_ptr<ValueNetwork> alone = network(1 + m);
    sum += alone->fit(rows(), errors);
    for (const auto& [name, tensor] : alone->parameters()) {
      CHECK(function.parameters().at(std::to_string(m) + "." + name).values == tensor.values);
    }
  }
  CHECK(loss == doctest::Approx(sum / 3.0));
}

TEST_CASE("a clone is of the same values and follows member by member") {
  EnsembleFunction function = ensemble();
  const std::unique_ptr<QFunction> target = function.clone();
  CHECK(values_of(*target) == values_of(function));
  std::array<float, 3> errors{};
  function.fit(rows(), errors);
  CHECK(values_of(*target) != values_of(function));
  target->follow(function, 1.0);
  CHECK(values_of(*target) == values_of(function));
}

TEST_CASE("a policy file names the members one after the other") {
  const std::map<std::string, Tensor> tensors = ensemble().tensors("cost");
  for (const char* name : {"cost.0.weight", "cost_2.0.weight", "cost_3.1.bias"}) {
    CHECK(tensors.contains(name));
  }
  CHECK(tensors.size() == 12);
}

TEST_CASE("no network at all, or networks of different actions, are refused") {
  CHECK_THROWS_AS(EnsembleFunction({}), std::invalid_argument);
  std::vector<std::unique_ptr<ValueNetwork>> members;
  members.push_back(network(1));
  members.push_back(network(2, kActions + 1));
  CHECK_THROWS_AS(EnsembleFunction(std::move(members)), std::invalid_argument);
}
