#include "agent/training_set.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace flyball;

namespace {

Knob gpu() { return {"gpu", {1e8, 2e8, 4e8}, {0}}; }

// What a log came to: a transition per action, residents at two joules a request.
LogTransitions log_of(const std::vector<std::uint32_t>& actions) {
  LogTransitions log;
  log.observation_names = {"queue"};
  log.observation_size = 1;
  log.knobs = {gpu()};
  log.limits = {{0, 2}};
  for (const std::uint32_t action : actions) {
    Transition t;
    t.action = action;
    t.observation = t.next_observation = {0.0F};
    log.transitions.push_back(t);
  }
  log.counts.spans = actions.size();
  log.residents = {10.0, 20.0, 5.0, 10.0, 0.0};
  return log;
}

TrainingSet set_of(const std::vector<std::uint32_t>& actions) {
  TrainingSet set;
  append(set, "a.csv", "nano", log_of(actions));
  return set;
}

}  // namespace

TEST_CASE("logs of one board add up, and each remains known as a source") {
  TrainingSet set = set_of({0, 1});
  LogTransitions more = log_of({2});
  more.limits = {{0, 1}};
  more.residents = {};
  append(set, "b.csv", "nano", std::move(more));
  CHECK(set.transitions.size() == 3);
  CHECK(set.counts.spans == 3);
  CHECK(set.limits == std::vector<LevelRange>{{0, 1}});
  CHECK(set.residents.served == 10.0);
  REQUIRE(set.sources.size() == 2);
  CHECK(set.sources[0].joules_per_request == 2.0);
  CHECK(set.sources[1].name == "b.csv");
  CHECK_FALSE(set.sources[1].joules_per_request.has_value());
}

TEST_CASE("a log of another board, knob or observation is refused by name") {
  TrainingSet set = set_of({0});
  CHECK_THROWS_WITH_AS(append(set, "b.csv", "tx2", log_of({0})),
                       "b.csv: the board is not that of the logs before it", std::invalid_argument);
  LogTransitions knob = log_of({0});
  knob.knobs[0].levels.pop_back();
  CHECK_THROWS_AS(append(set, "b.csv", "nano", std::move(knob)), std::invalid_argument);
  LogTransitions observed = log_of({0});
  observed.observation_names = {"power"};
  CHECK_THROWS_AS(append(set, "b.csv", "nano", std::move(observed)), std::invalid_argument);
}

TEST_CASE("support is what was taken often enough, or a neighbour of it, inside the limits") {
  TrainingSet set = set_of({0, 0, 1});
  CHECK(supported_actions(set, {1, 0}) == std::vector<std::uint8_t>{1, 1, 0});
  CHECK(supported_actions(set, {2, 0}) == std::vector<std::uint8_t>{1, 0, 0});
  CHECK(supported_actions(set, {1, 1}) == std::vector<std::uint8_t>{1, 1, 1});
  set.limits = {{1, 2}};
  CHECK(supported_actions(set, {1, 0}) == std::vector<std::uint8_t>{0, 1, 0});
  CHECK_THROWS_AS(supported_actions(set, {9, 0}), std::invalid_argument);
}

TEST_CASE("what residents keep by the load is not support where others chose") {
  TrainingSet set = set_of({0, 0, 1, 2});
  set.transitions[2].decided_by = DecidedBy::kRandom;
  set.transitions[3].decided_by = DecidedBy::kPolicy;
  CHECK(chosen_counts(set) == std::vector<std::size_t>{0, 1, 1});
  CHECK(supported_actions(set, {1, 0}) == std::vector<std::uint8_t>{0, 1, 1});
  set.caps = {set.knobs[0].name};  // the residents' own action is to have the highest ceiling
  CHECK(chosen_counts(set) == std::vector<std::size_t>{2, 1, 1});
}

TEST_CASE("balanced, rare settings weigh more and the mean is one") {
  TrainingSet set = set_of({0, 0, 0, 0, 1});
  balance_weights(set, 0.5);
  CHECK(set.transitions[4].weight == doctest::Approx(2.0 * set.transitions[0].weight));
  double sum = 0.0;
  for (const Transition& t : set.transitions) sum += t.weight;
  CHECK(sum == doctest::Approx(5.0));
  TrainingSet even = set_of({0, 0, 1});
  balance_weights(even, 0.0);
  CHECK(even.transitions[0].weight == doctest::Approx(1.0));
}
