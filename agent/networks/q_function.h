// An action-value function that can be fitted: what a learner improves. Values are costs: lower is
// better. Not thread-safe.
//
// The interface is free of LibTorch, so that learners can be proven on exact tables (tests) and run
// on networks (QNetwork, the reference, and FusedNetwork, which is faster).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "env/state_visitor.h"
#include "policies/safetensors.h"

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
  // The cheapest of `allowed` (ascending, not empty) per row, the lower index where two are equal.
  // A function that needs not know all values to tell overrides it. Requires: as many actions as
  // rows, at least one.
  virtual void cheapest(std::span<const float> observations, std::span<const std::uint32_t> allowed,
                        std::span<std::uint32_t> actions);
  // The value of one action per row; overridden like cheapest(). Requires: as many actions and
  // values as rows, at least one.
  virtual void evaluate(std::span<const float> observations, std::span<const std::uint32_t> actions,
                        std::span<float> values);
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

// One that is a network of dense layers.
class ValueNetwork : public QFunction {
 public:
  // For the policy file: "NAME.0.weight", "NAME.0.bias", ..., "NAME.phi"; dueling folded.
  virtual std::map<std::string, Tensor> tensors(const std::string& name) const = 0;
  // What is trained, "0.weight", "0.bias", ...: with dueling the last layer's row 0 is V.
  virtual std::map<std::string, Tensor> parameters() const = 0;
  // The gradient of each of parameters() in the last fit(), after clipping.
  virtual std::map<std::string, Tensor> gradients() const = 0;
};

}  // namespace flyball
