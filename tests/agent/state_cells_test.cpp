#include "agent/state_cells.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "env/draw.h"
#include "policies/dense_network.h"

using namespace flyball;

namespace {

std::vector<Transition> observed(const std::vector<std::vector<float>>& observations) {
  std::vector<Transition> transitions;
  for (const auto& observation : observations) {
    Transition t;
    t.observation = t.next_observation = observation;
    transitions.push_back(t);
  }
  return transitions;
}

std::vector<Transition> one_input(const std::vector<float>& values) {
  std::vector<std::vector<float>> observations;
  for (const float value : values) observations.push_back({value});
  return observed(observations);
}

// The cells' layers alone, as the runtime evaluates them.
std::vector<float> outputs(const StateCells& cells, std::span<const float> observation) {
  std::vector<std::size_t> all(cells.size());
  std::iota(all.begin(), all.end(), 0);
  std::map<std::string, Tensor> tensors;
  REQUIRE(cells.write_layers("cost", all, tensors));
  tensors["cost.2.weight"] = {{all.size(), all.size()},
                              std::vector<float>(all.size() * all.size())};
  for (std::size_t i = 0; i < all.size(); ++i)
    tensors["cost.2.weight"].values[i * (all.size() + 1)] = 1;
  tensors["cost.2.bias"] = {{all.size()}, std::vector<float>(all.size())};
  DenseNetwork network("cost", tensors);
  const auto values = network.evaluate(observation);
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("an input is cut so that its intervals hold equally many of the data") {
  std::vector<float> values;
  for (int i = 0; i < 90; ++i) values.push_back(static_cast<float>(i < 80 ? i : 10 * i) / 900.0F);
  const auto transitions = one_input(values);
  const StateCells cells(transitions, 1, 3);
  REQUIRE(cells.cuts(0).size() == 2);
  CHECK(cells.cuts(0)[0] == doctest::Approx(29.5 / 900).epsilon(1e-3));
  CHECK(cells.cuts(0)[1] == doctest::Approx(59.5 / 900).epsilon(1e-3));
  CHECK(cells.size() == 3);
}

TEST_CASE("a value as frequent as an interval is one of its own, at either end") {
  std::vector<float> values(70, 0.0F);
  for (int i = 1; i <= 30; ++i) values.push_back(static_cast<float>(i) / 30.0F);
  for (const float sign : {1.0F, -1.0F}) {
    for (float& value : values) value *= sign;
    const StateCells cells(one_input(values), 1, 4);
    REQUIRE(cells.cuts(0).size() == 3);  // the atom, and ten of the others in each of three
    CHECK(cells.find(std::vector{0.0F}) != cells.find(std::vector{sign / 40.0F}));
    CHECK(cells.find(std::vector{sign * 2 / 30.0F}) == cells.find(std::vector{sign * 9 / 30.0F}));
  }
}

TEST_CASE("what never changes is not cut, and there is one cell") {
  const StateCells cells(one_input({0.3F, 0.3F, 0.3F}), 1, 5);
  CHECK(cells.cuts(0).empty());
  CHECK(cells.size() == 1);
  std::map<std::string, Tensor> tensors;
  CHECK_FALSE(cells.write_layers("cost", std::vector<std::size_t>{0}, tensors));
  CHECK(tensors.empty());
}

TEST_CASE("a cell that was not visited is none") {
  const StateCells cells(observed({{0.0F, 0.0F}, {1.0F, 1.0F}}), 2, 2);
  CHECK(cells.size() == 2);
  CHECK(cells.find(std::vector{0.1F, 0.2F}) == cells.find(std::vector{0.0F, 0.0F}));
  CHECK_FALSE(cells.find(std::vector{0.0F, 1.0F}).has_value());
}

TEST_CASE("a next observation's cell is known, too") {
  auto transitions = one_input({0.0F, 1.0F});
  transitions[1].next_observation = {0.0F};
  CHECK(StateCells(transitions, 1, 2).size() == 2);
  auto other = observed({{0.0F, 0.0F}, {1.0F, 1.0F}});
  other[1].next_observation = {0.0F, 1.0F};
  CHECK(StateCells(other, 2, 2).size() == 3);
}

TEST_CASE(
    "as a network exactly one cell is 1: the one that is found, at every cut and beyond all") {
  std::mt19937_64 random(3);
  std::vector<std::vector<float>> seen;
  for (int i = 0; i < 400; ++i) {
    seen.push_back({static_cast<float>(draw_unit(random)),
                    static_cast<float>(4.0 * draw_unit(random) - 2.0),
                    static_cast<float>(draw_index(random, 2))});
  }
  const StateCells cells(observed(seen), 3, 4);
  REQUIRE(cells.size() == 32);
  std::vector<std::vector<float>> asked = seen;
  for (const float cut : cells.cuts(0)) asked.push_back({cut, 0.5F, 1.0F});
  for (const float cut : cells.cuts(1)) asked.push_back({0.5F, cut, 0.0F});
  asked.push_back({-1e6F, 1e6F, 17.0F});
  std::set<std::size_t> found;
  for (const auto& observation : asked) {
    const std::vector<float> values = outputs(cells, observation);
    const std::size_t cell = *cells.find(observation);
    found.insert(cell);
    for (std::size_t c = 0; c < values.size(); ++c) CHECK(values[c] == (c == cell ? 1.0F : 0.0F));
  }
  CHECK(found.size() == cells.size());
}
