#include "agent/cholesky.h"

#include <cmath>

namespace flyball {

bool factorise(std::span<double> matrix, std::size_t size) {
  for (std::size_t row = 0; row < size; ++row) {
    double* a = matrix.data() + row * size;
    for (std::size_t column = 0; column <= row; ++column) {
      const double* b = matrix.data() + column * size;
      double rest = a[column];
      for (std::size_t k = 0; k < column; ++k) rest -= a[k] * b[k];
      if (column < row) {
        a[column] = rest / b[column];
      } else {
        if (!(rest > 0.0)) return false;
        a[row] = std::sqrt(rest);
      }
    }
  }
  return true;
}

void solve_lower(std::span<const double> factor, std::span<double> right) {
  const std::size_t size = right.size();
  for (std::size_t row = 0; row < size; ++row) {
    double rest = right[row];
    for (std::size_t k = 0; k < row; ++k) rest -= factor[row * size + k] * right[k];
    right[row] = rest / factor[row * size + row];
  }
}

void solve_upper(std::span<const double> factor, std::span<double> right) {
  const std::size_t size = right.size();
  for (std::size_t row = size; row-- > 0;) {
    double rest = right[row];
    for (std::size_t k = row + 1; k < size; ++k) rest -= factor[k * size + row] * right[k];
    right[row] = rest / factor[row * size + row];
  }
}

}  // namespace flyball
