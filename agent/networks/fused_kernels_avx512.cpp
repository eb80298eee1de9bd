// The kernels for x86 with AVX512 and fused multiply-add.
#include <cstddef>
#include <cstdint>

#include "agent/networks/fused_kernels.h"
#include "agent/networks/fused_kernels_versions.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,fma,avx2")

namespace {
constexpr std::size_t kLanes = 16;
constexpr std::size_t kRowVectors = 4;
constexpr std::size_t kActions = 6;
}  // namespace

#include "agent/networks/fused_kernels_body.h"

#pragma GCC pop_options

namespace flyball {

const FusedKernels* avx512_kernels() {
  static constexpr FusedKernels kKernels = make_kernels("avx512");
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
             ? &kKernels
             : nullptr;
}

}  // namespace flyball
#else

namespace flyball {

const FusedKernels* avx512_kernels() { return nullptr; }

}  // namespace flyball
#endif
