// The kernels for x86 with AVX2 and fused multiply-add.
#include <cstddef>
#include <cstdint>

#include "agent/networks/fused_kernels.h"
#include "agent/networks/fused_kernels_versions.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace {
constexpr std::size_t kLanes = 8;
constexpr std::size_t kRowVectors = 4;
constexpr std::size_t kActions = 3;
}  // namespace

#include "agent/networks/fused_kernels_body.h"

#pragma GCC pop_options

namespace flyball {

const FusedKernels* avx2_kernels() {
  static constexpr FusedKernels kKernels = make_kernels("avx2");
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kKernels : nullptr;
}

}  // namespace flyball
#else

namespace flyball {

const FusedKernels* avx2_kernels() { return nullptr; }

}  // namespace flyball
#endif
