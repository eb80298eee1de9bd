// Transitions of every kind that a dataset has to keep: two episodes that end in different ways, a
// break in the middle, optional values here and there. For tests.
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "env/draw.h"
#include "replay/hdf5/dataset.h"

namespace flyball {

inline DatasetInfo sample_info() {
  DatasetInfo info;
  info.id = "nano-4gb/sample-v0";
  info.version = "0.1.0";
  info.board = "nano-4gb";
  info.scenario = "simulated \"quickstart\"";
  info.knobs = {{"cpu", {1e8, 2e8, 3e8}, {0, 1}}, {"batch", {1, 2, 4, 8}, {}}};
  info.limits = {{0, 2}, {1, 3}};
  info.period_seconds = 4.0;
  info.observation_names = {"a", "b", "c"};
  info.encoding = {{"with_queue", 1.0}, {"queue_scale", 64.0}};
  info.credit = SpanCredit::kWholeBatches;
  info.counts = {.rows = 700,
                 .spans = 70,
                 .incomplete = 2,
                 .unpowered = 4,
                 .unheld = 3,
                 .gaps = 1,
                 .random = 9};
  info.residents = {100.0, 500.0, 70.0, 60.0, 5.0};
  info.reward.energy_reference_joules = 8.25;
  info.sources = {"a.csv", "b.csv"};
  info.simulated = true;
  info.costs_are_rewards = true;
  return info;
}

inline std::vector<Transition> sample_transitions(std::size_t count = 60) {
  std::mt19937_64 random(7);
  const auto row = [&] {
    std::vector<float> values(3);
    for (float& value : values) value = static_cast<float>(draw_unit(random) - 0.5);
    return values;
  };
  const auto cost = [&] {
    return SpanCost{draw_unit(random), 10.0 * draw_unit(random), draw_unit(random) / 3.0,
                    std::floor(20.0 * draw_unit(random)), 0.0};
  };
  std::vector<Transition> transitions;
  std::vector<float> observation = row();
  for (std::size_t i = 0; i < count; ++i) {
    Transition t;
    t.observation = observation;
    t.next_observation = row();
    t.action = static_cast<std::uint32_t>(i % 12);
    t.before_effect = cost();
    t.after_effect = cost();
    t.effect_seconds = draw_unit(random);
    t.seconds = 1.0 + draw_unit(random);
    t.weight = 0.1 + draw_unit(random);
    if (i % 3 == 0) t.decided_by = DecidedBy::kRandom;
    if (i % 4 == 1) t.probability = draw_unit(random);
    if (i % 5 == 2) t.effect_observation = row();
    t.truncated = i == 20;
    t.terminated = i + 1 == count;
    observation = i == 20 || i == 40 ? row() : t.next_observation;  // after 40: a break, unmarked
    transitions.push_back(t);
  }
  return transitions;
}

}  // namespace flyball
