// The constant policies of a training: each always asks for the same setting. What is learned has
// to be worth more than the best of them. Free functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/training/validation.h"
#include "policies/policy_file.h"

namespace flyball {

// `policy`, confined to one joint action, which asks no network: it is as right in states that were
// never seen, and every state is known to it. Requires: an action of its knobs.
PolicyFile constant_policy(PolicyFile policy, std::size_t action);

struct ConstantPolicy {
  PolicyFile policy;
  ValidationFigures figures;
  std::size_t measured = 0;  // settings
};

// The best constant policy of those settings that `policy` may choose, by a pattern search (Hooke
// and Jeeves 1961) downwards from the highest one: each knob is moved by ever smaller steps as long
// as that is better. Each setting is measured once. Throws what measuring throws. Requires: a
// supported action.
ConstantPolicy best_constant(const PolicyFile& policy, const PolicyJudge& judge);

}  // namespace flyball
