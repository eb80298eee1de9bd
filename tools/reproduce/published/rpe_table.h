// `flyball reproduce rpe`: what RPE's sweeps found on Nano, Xavier NX and Orin NX, beside ours.
#pragma once

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Runs the 18 sweeps and AlexNet's special ones on `threads` threads; no measurements are read.
void reproduce_rpe(unsigned threads, ReproductionTable& table);

}  // namespace flyball
