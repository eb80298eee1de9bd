// A policy held against logs before it governs: what they know of its choices, and what it would
// have cost. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "agent/off_policy.h"
#include "agent/support.h"
#include "agent/training_set.h"

namespace flyball {

// The joint action of each observation (rows of the set's observation size).
using ActOnRows =
    std::function<void(std::span<const float> observations, std::span<std::uint32_t> actions)>;

// Discount of the evaluation where costs are counted by time: a backlog is seen to its end.
inline constexpr double kPeriodEvaluationGamma = 0.9;

struct PolicyCheck {
  SupportReport support;
  RequestFigures residents;  // as measured in the logs; intervals are the values themselves
  RequestFigures fitted;     // fitted Q evaluation
  ImportanceEstimate importance;
};

// The features of the fitted evaluation: polynomials of degree 4 in the knobs' log levels. Throws
// std::invalid_argument when the set is empty.
PolicyCheck check_policy(const TrainingSet& set, const ActOnRows& act,
                         const EvaluationConfig& config);

}  // namespace flyball
