// What the files of bench_agent share. Benchmarks only.
#pragma once

#include <chrono>
#include <cstddef>
#include <random>
#include <vector>

#include "env/draw.h"
#include "replay/transition.h"

namespace flyball {

// Each adds its rows to the benchmark library's list.
void register_replay_rows();
void register_dqn_rows();
void register_policy_rows();

inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A made-up log: random observations, each of which follows the one before it, random actions and
// costs; one transition in a hundred ends the work and a new chain begins.
class BenchTransitions {
 public:
  BenchTransitions(std::size_t observation_size, std::size_t actions) : actions_(actions) {
    transition_.seconds = 1.0;
    transition_.observation.resize(observation_size);
    transition_.next_observation.resize(observation_size);
    draw(transition_.next_observation);
  }

  // Valid until the next call.
  const Transition& next() {
    transition_.observation.swap(transition_.next_observation);
    if (transition_.terminated) draw(transition_.observation);
    draw(transition_.next_observation);
    transition_.action = static_cast<std::uint32_t>(draw_index(random_, actions_));
    transition_.after_effect = {1.0, draw_unit(random_), draw_unit(random_),
                                static_cast<double>(draw_index(random_, 8)), 0.0};
    transition_.terminated = draw_unit(random_) < 0.01;
    return transition_;
  }

 private:
  void draw(std::vector<float>& values) {
    for (float& value : values) value = static_cast<float>(2.0 * draw_unit(random_) - 1.0);
  }

  std::size_t actions_;
  std::mt19937_64 random_{1};
  Transition transition_;
};

}  // namespace flyball
