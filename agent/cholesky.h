// Symmetric positive definite matrices by Cholesky's factor. Row-major, [size, size]; only the
// lower triangle is read or written. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace flyball {

// Writes L of L L' = A over A. False: A is not positive definite.
bool factorise(std::span<double> matrix, std::size_t size);

// Solves L y = b, and with the second L' x = y, in place. Requires: b.size() is L's size.
void solve_lower(std::span<const double> factor, std::span<double> right);
void solve_upper(std::span<const double> factor, std::span<double> right);

}  // namespace flyball
