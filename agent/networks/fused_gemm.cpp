#include "agent/networks/fused_gemm.h"

#include <dnnl.h>

#include <stdexcept>

namespace flyball {

void multiply(const Factor& a, const Factor& b, float* result, std::size_t stride) {
  const auto size = [](std::size_t value) { return static_cast<dnnl_dim_t>(value); };
  const std::size_t rows = a.is_transposed ? a.columns : a.rows;
  const std::size_t inner = a.is_transposed ? a.rows : a.columns;
  const std::size_t columns = b.is_transposed ? b.rows : b.columns;
  const dnnl_status_t status =
      dnnl_sgemm(a.is_transposed ? 'T' : 'N', b.is_transposed ? 'T' : 'N', size(rows),
                 size(columns), size(inner), 1.0F, a.data, size(a.stride), b.data, size(b.stride),
                 0.0F, result, size(stride));
  if (status != dnnl_success) throw std::runtime_error("oneDNN: sgemm failed (out of memory?)");
}

}  // namespace flyball
