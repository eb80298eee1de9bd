// `flyball reproduce changing`: where the load changes, a learned policy against the best fixed
// setting.
#pragma once

#include <cstdint>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Five seeds; quick: two scenarios, one seed. Throws Interrupted after Ctrl-C.
void reproduce_changing(Effort effort, unsigned threads, ReproductionTable& table);

}  // namespace flyball
