// A board with one knob of eight levels and two modes, whose true costs are formulas: what policies
// that serve several preferences and modes are tested on.
#pragma once

#include <vector>

#include "agent/training_set.h"
#include "env/draw.h"
#include "env/observation.h"

namespace flyball::served_log {

inline constexpr std::size_t kLevels = 8;

// Power rises faster than speed, idle power punishes slowness: per request, by level.
inline double latency(std::size_t level) { return 1.0 / (0.4 + 0.1 * static_cast<double>(level)); }
inline double energy(std::size_t level) {
  const double speed = 0.4 + 0.1 * static_cast<double>(level);
  return (2.0 + 6.0 * speed * speed * speed) * latency(level);
}

inline constexpr LevelRange kModes[] = {{0, 7}, {1, 4}};

inline EncoderConfig encoder() {
  EncoderConfig config;
  config.period_seconds = 2.0;
  config.with_effective = config.with_utilization = false;
  config.with_previous_action = config.with_t_as = config.with_vector_to_go = false;
  config.with_eta = config.with_limit = config.with_mode = true;
  return config;
}

inline Knob gpu() {
  Knob knob{"gpu", {}, {0}};
  for (std::size_t i = 0; i < kLevels; ++i) knob.levels.push_back(1e8 * static_cast<double>(i + 4));
  return knob;
}

// eta, limit, floor.gpu, ceiling.gpu, cpus_online
inline std::vector<float> observation(double eta, float encoded_limit, std::size_t mode) {
  return {static_cast<float>(eta), encoded_limit, encoded_level(gpu(), kModes[mode].floor),
          encoded_level(gpu(), kModes[mode].ceiling), mode == 0 ? 1.0F : 0.5F};
}

// Random levels in random modes; eight requests a span, noise of two percent in energy.
inline TrainingSet make(std::size_t spans) {
  TrainingSet set;
  set.board = "test";
  set.knobs = {gpu()};
  set.limits = {{0, kLevels - 1}};
  set.period_seconds = 2.0;
  set.observation_names = {"eta", "limit", "floor.gpu", "ceiling.gpu", "cpus_online"};
  set.logs = {"served"};
  std::mt19937_64 random(9);
  std::size_t mode = 0;
  for (std::size_t i = 0; i < spans; ++i) {
    const std::size_t levels = kModes[mode].ceiling - kModes[mode].floor + 1UL;
    const std::size_t level = kModes[mode].floor + draw_index(random, levels);
    Transition t;
    t.observation = t.next_observation = observation(1.0, 0.0F, mode);
    t.action = static_cast<std::uint32_t>(level);
    const double served = 8.0;
    const double noise = 1.0 + 0.04 * (draw_unit(random) - 0.5);
    t.after_effect = {2.0, energy(level) * served * noise, latency(level) * served, served, 0.0};
    t.seconds = 2.0;
    t.truncated = i % 50 == 49;
    if (t.truncated) mode = draw_index(random, 2);
    if (level == kModes[0].ceiling) set.residents += t.after_effect;
    set.transitions.push_back(t);
  }
  return set;
}

}  // namespace flyball::served_log
