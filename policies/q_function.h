// An action-value function that can be fitted: what a learner improves. Values are costs: lower is
// better. Not thread-safe.
//
// The interface is free of LibTorch, so that learners can be proven on exact tables (tests) and run
// on networks (QNetwork).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "env/state_visitor.h"

namespace flyball {

// Rows of a regression: value(observation, action) -> target.
struct FitRows {
  std::span<const float> observations;    // [rows, observation_size]
  std::span<const std::int64_t> actions;  // [rows]
  std::span<const float> targets;         // [rows]
  std::span<const float> weights;         // [rows], of each row's loss
};

class QFunction {
 public:
  virtual ~QFunction() = default;
  virtual std::size_t action_count() const = 0;
  // Writes [rows, action_count()] values. Requires: sizes that agree.
  virtual void predict(std::span<const float> observations, std::span<float> values) = 0;
  // One step towards the targets. Writes target - value, before the step, per row; returns the
  // mean weighted loss.
  virtual double fit(const FitRows& rows, std::span<float> errors) = 0;
  // Moves every parameter by `tau` of the way to `other`'s; 1 copies. Requires: `other` is a clone
  // of the same function.
  virtual void follow(const QFunction& other, double tau) = 0;
  virtual std::unique_ptr<QFunction> clone() const = 0;
  // Parameters and optimiser.
  virtual void visit_state(StateVisitor& visitor, const std::string& name) = 0;
};

}  // namespace flyball
