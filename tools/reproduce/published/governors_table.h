// `flyball reproduce governors`: what RPE found of the kernel's governors, beside ours.
#pragma once

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// AlexNet under the stock governors and with every other CPU governor in their place; no
// measurements are read.
void reproduce_governors(ReproductionTable& table);

}  // namespace flyball
