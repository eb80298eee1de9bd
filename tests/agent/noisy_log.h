// A log of a saturated job on a board with one knob whose truth is known: power rises faster than
// speed, idle power punishes slowness. Energy per request is lowest at level 1 or 2.
#pragma once

#include <cstddef>
#include <random>

#include "agent/training_set.h"
#include "env/draw.h"
#include "env/observation.h"

namespace flyball::noisy_log {

inline constexpr std::size_t kLevels = 8;

inline double speed(std::size_t level) { return 0.4 + 0.1 * static_cast<double>(level); }
// True latency and energy per request: 0.91 s at the top, 1.8 and 1.67 s where energy is lowest.
inline double latency(std::size_t level) { return 1.0 / speed(level); }
inline double energy(std::size_t level) {
  const double s = speed(level);
  return (2.0 + 6.0 * s * s * s) * latency(level);
}

// Mostly stock (the top level), a fifth at random, noise of two percent.
inline TrainingSet make(std::size_t spans) {
  TrainingSet set;
  set.board = "test";
  Knob gpu;
  gpu.name = "gpu";
  for (std::size_t i = 0; i < kLevels; ++i) gpu.levels.push_back(1e8 * static_cast<double>(i + 4));
  gpu.domains = {0};
  set.knobs = {gpu};
  set.limits = {{0, kLevels - 1}};
  set.period_seconds = 2.0;
  set.observation_names = {"previous_action.gpu", "t_as", "vector_to_go.gpu"};
  set.logs = {"noisy"};
  std::mt19937_64 random(9);
  std::size_t previous = kLevels - 1;
  for (std::size_t i = 0; i < spans; ++i) {
    const bool explore = draw_unit(random) < 0.2;
    const std::size_t level = explore ? draw_index(random, kLevels) : kLevels - 1;
    const auto seen = [](std::size_t action) {
      return std::vector<float>{2.0F * static_cast<float>(action) / (kLevels - 1) - 1.0F, 0.01F,
                                0.0F};
    };
    Transition t;
    t.observation = seen(previous);
    t.next_observation = seen(level);
    t.action = static_cast<std::uint32_t>(level);
    const double served = 8.0;
    const double noise = 1.0 + 0.04 * (draw_unit(random) - 0.5);
    t.after_effect = {2.0, energy(level) * served * noise, latency(level) * served, served, 0.0};
    t.seconds = 2.0;
    if (!explore) set.residents += t.after_effect;
    set.transitions.push_back(t);
    previous = level;
  }
  return set;
}

inline EncoderConfig encoder() {
  EncoderConfig config;
  config.period_seconds = 2.0;
  config.with_effective = false;
  config.with_utilization = false;
  return config;
}

}  // namespace flyball::noisy_log
