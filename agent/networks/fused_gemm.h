// Matrix products on plain arrays by oneDNN's sgemm. Thread-safe. A product runs on as many threads
// as OpenMP would give the calling thread: one inside a WorkerTeam's work.
#pragma once

#include <cstddef>

namespace flyball {

// A row-major matrix as a factor of a product, perhaps turned over.
struct Factor {
  const float* data = nullptr;
  std::size_t rows = 0;  // as stored
  std::size_t columns = 0;
  std::size_t stride = 0;
  bool is_transposed = false;

  Factor(const float* values, std::size_t row_count, std::size_t column_count)
      : data(values), rows(row_count), columns(column_count), stride(column_count) {}
  Factor transposed() const {
    Factor result = *this;
    result.is_transposed = !is_transposed;
    return result;
  }
  Factor strided(std::size_t floats) const {
    Factor result = *this;
    result.stride = floats;
    return result;
  }
};

// result = a b. `stride`: floats from one row of the result to the next. Requires: inner sizes that
// agree.
void multiply(const Factor& a, const Factor& b, float* result, std::size_t stride);

}  // namespace flyball
