// The kernels for any machine: 128-bit vectors, which x86-64 (SSE2) and AArch64 (NEON) always have.
#include <cstddef>
#include <cstdint>

#include "agent/networks/fused_kernels.h"
#include "agent/networks/fused_kernels_versions.h"

namespace {
constexpr std::size_t kLanes = 4;
constexpr std::size_t kRowVectors = 4;
constexpr std::size_t kActions = 3;
}  // namespace

#include "agent/networks/fused_kernels_body.h"

namespace flyball {

const FusedKernels* plain_kernels() {
  static constexpr FusedKernels kKernels = make_kernels("plain");
  return &kKernels;
}

}  // namespace flyball
