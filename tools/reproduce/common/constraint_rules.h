// Mask or multiplier: the same data and networks, the constraint kept by either rule. Part of
// `flyball reproduce front`.
#pragma once

#include <cstdint>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Learns and judges policies by both rules on a saturated job and on cameras with deadlines, with
// `seeds` seeds each. Throws Interrupted.
void compare_constraint_rules(std::uint64_t seeds, ReproductionTable& table);

}  // namespace flyball
