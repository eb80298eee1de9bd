// What a training set says of the states that its policy will know (policies/known_states.h). Pure.
#pragma once

#include <optional>

#include "agent/training_set.h"
#include "policies/safetensors.h"

namespace flyball {

// Judged is what the load and the board's warmth do to the observation: queue, arrivals, slack,
// deadline, power, temperature. What follows from the policy's own actions, from a preference or
// from a mode is not. Each range is widened by a tenth of itself, and by 0.05 at least. Nothing
// where no such input is observed. Requires: the set has transitions.
std::optional<Tensor> known_states(const TrainingSet& set);

}  // namespace flyball
