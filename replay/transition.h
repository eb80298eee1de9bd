// What a learner learns from: one decision, what it cost and what came of it. Values.
//
// In a sequence of transitions an episode ends where one is terminated or truncated; before that
// the next observation of each is the observation of the one after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "env/logs/telemetry_row.h"
#include "env/reward.h"

namespace flyball {

// A decision taken at time t and lasting `seconds` (H). From t to t + effect_seconds the previous
// action still runs; then `action` does (thinking while moving, Xiao et al. 2020).
struct Transition {
  std::vector<float> observation;         // at t; holds the previous action and t_AS
  std::vector<float> next_observation;    // at t + seconds
  std::vector<float> effect_observation;  // at t + effect_seconds; empty where not recorded
  std::uint32_t action = 0;               // joint action, mixed radix, the last knob fastest
  // The costs' energy is known: what power readings do not cover gives no transition.
  SpanCost before_effect;       // over [t, t + effect_seconds)
  SpanCost after_effect;        // over [t + effect_seconds, t + seconds)
  double effect_seconds = 0.0;  // at most `seconds`
  double seconds = 0.0;
  double weight = 1.0;  // in the loss; mixes logs with simulated data
  DecidedBy decided_by = DecidedBy::kResident;
  std::optional<double> probability;  // of the choice, where a policy or chance made it
  bool terminated = false;            // the work ended: the future is worth nothing
  bool truncated = false;             // we stopped looking: a learner still bootstraps

  SpanCost cost() const { return before_effect + after_effect; }
};

// Rows of transitions, column by column; storage is reused from batch to batch.
struct TransitionBatch {
  std::size_t observation_size = 0;
  std::vector<float> observations;         // [rows, observation_size]
  std::vector<float> next_observations;    // [rows, observation_size]
  std::vector<float> effect_observations;  // [rows, observation_size], or empty if not stored
  std::vector<std::int64_t> actions;
  std::vector<SpanCost> before_effect;
  std::vector<SpanCost> after_effect;
  std::vector<double> effect_seconds;
  std::vector<double> seconds;
  std::vector<std::uint8_t> terminated;
  std::vector<std::uint8_t> truncated;
  std::vector<float> weights;      // importance sampling times the transition's own
  std::vector<std::uint64_t> ids;  // for ReplayBuffer::update_priorities

  std::size_t rows() const { return actions.size(); }
};

}  // namespace flyball
