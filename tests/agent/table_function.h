// An exact action-value function: one number per observation (its first component, a whole number)
// and action, moved towards each target by a fixed share.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "agent/networks/q_function.h"

namespace flyball {

class TableFunction final : public QFunction {
 public:
  TableFunction(std::size_t states, std::size_t actions, float share)
      : actions_(actions), share_(share), values_(states * actions, 0.0F) {}

  std::size_t action_count() const override { return actions_; }
  void predict(std::span<const float> observations, std::span<float> values) override {
    for (std::size_t row = 0; row < observations.size(); ++row) {
      const auto state = static_cast<std::size_t>(observations[row]);
      std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(state * actions_), actions_,
                  values.begin() + static_cast<std::ptrdiff_t>(row * actions_));
    }
  }
  double fit(const FitRows& rows, std::span<float> errors) override {
    for (std::size_t row = 0; row < errors.size(); ++row) {
      float& value = at(static_cast<std::size_t>(rows.observations[row]),
                        static_cast<std::size_t>(rows.actions[row]));
      errors[row] = rows.targets[row] - value;
      value += share_ * rows.weights[row] * errors[row];
    }
    return 0.0;
  }
  void follow(const QFunction& other, double tau) override {
    const auto& theirs = dynamic_cast<const TableFunction&>(other).values_;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] += static_cast<float>(tau) * (theirs[i] - values_[i]);
    }
  }
  std::unique_ptr<QFunction> clone() const override {
    return std::make_unique<TableFunction>(*this);
  }
  void visit_state(StateVisitor& visitor, const std::string& name) override {
    visit_values(visitor, name, std::span<float>(values_));
  }
  float& at(std::size_t state, std::size_t action) { return values_[state * actions_ + action]; }

 private:
  std::size_t actions_;
  float share_;
  std::vector<float> values_;
};

}  // namespace flyball
