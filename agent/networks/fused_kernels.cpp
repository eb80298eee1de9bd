#include "agent/networks/fused_kernels.h"

#include "agent/networks/fused_kernels_versions.h"

namespace flyball {

std::vector<const FusedKernels*> available_kernels() {
  std::vector<const FusedKernels*> kernels{plain_kernels()};
  if (avx2_kernels() != nullptr) kernels.push_back(avx2_kernels());
  if (avx512_kernels() != nullptr) kernels.push_back(avx512_kernels());
  return kernels;
}

const FusedKernels& best_kernels() {
  static const FusedKernels& best = *available_kernels().back();
  return best;
}

}  // namespace flyball
