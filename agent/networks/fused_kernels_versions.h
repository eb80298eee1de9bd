// The versions of the kernels; null where the machine or the compiler lacks what one needs.
#pragma once

#include "agent/networks/fused_kernels.h"

namespace flyball {

const FusedKernels* plain_kernels();  // never null
const FusedKernels* avx2_kernels();
const FusedKernels* avx512_kernels();

}  // namespace flyball
