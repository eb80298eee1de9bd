// Tells plans apart by what they hold: runs that were kept are taken for the same plan only. A free
// function.
#pragma once

#include <cstdint>

#include "controllers/evaluation/evaluation.h"

namespace flyball {

// FNV-1a, 64 bits, over what a run depends on but its seed and who governs: board, mode, what the
// work model says over the clocks, sensors and heat, control, and the arrivals of the first seed,
// in whose place those of the others follow. More seeds, other governors, another limit on latency:
// the same fingerprint. The same on every machine. Throws DataError where a file of bandwidths
// cannot be read.
std::uint64_t fingerprint(const EvaluationPlan& plan);

}  // namespace flyball
