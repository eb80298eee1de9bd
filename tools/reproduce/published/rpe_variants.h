// The rows of `flyball reproduce rpe` about how AlexNet is built on a Nano: a static graph against
// a dynamic one, Python against C++ (RPE sections 5.10 and 5.11).
#pragma once

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

void add_rpe_variants(ReproductionTable& table);

}  // namespace flyball
