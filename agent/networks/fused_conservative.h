// The gradient of CQL(H) with respect to the last layer's outputs, for FusedStep. Thread-safe.
//
//   cql_alpha * mean over rows of logsumexp over the supported a of -q(s, a)
// (the chosen action's part belongs to the chosen action's gradient, FusedStep). Derivative with
// respect to q(s, a): -cql_alpha / rows * softmax(-q)_a.
#pragma once

#include <cstddef>

#include "agent/networks/fused_model.h"

namespace flyball {

struct ConservativeRows {
  std::size_t count = 0;        // of the chunk
  float factor = 0.0F;          // -cql_alpha / rows of the batch
  float* z = nullptr;           // [count, outputs]; used up
  float* values = nullptr;      // [count, actions], scratch; not used by the joint head
  float* z_gradient = nullptr;  // [count, outputs]; overwritten
};

void conservative_gradient(const FusedModel& model, const ConservativeRows& rows);

}  // namespace flyball
