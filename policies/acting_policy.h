// What a learner hands to whoever acts meanwhile: a policy, its limits set, and how far it may be
// trusted. A value.
#pragma once

#include <cstdint>
#include <optional>

#include "policies/dense_policy.h"

namespace flyball {

struct ActingPolicy {
  explicit ActingPolicy(const PolicyFile& file) : policy(file) {}

  DensePolicy policy;
  double epsilon = 0.0;                    // share of the decisions that are drawn at random
  std::optional<double> constraint_bound;  // draw only settings predicted to stay at or below it
  bool residents_decide = false;           // the learner is uncertain: the kernel's governors do
  std::uint64_t version = 0;               // counts what was handed over
};

}  // namespace flyball
