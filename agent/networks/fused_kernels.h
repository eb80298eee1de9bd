// The inner loops of FusedNetwork, built for several vector widths; the widest that the machine has
// is chosen at run time. Pure functions on plain arrays, thread-safe. Matrices are row-major.
//
// All versions compute the same formulas; sums may be ordered and rounded differently, so bits are
// the same on machines with the same vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flyball {

// Adam's numbers for one step (Kingma and Ba 2015, as torch::optim::Adam counts).
struct AdamStep {
  float gradient_scale = 1.0F;  // from clipping; applied first
  float weight_decay = 0.0F;
  float step_size = 0.0F;     // learning rate / (1 - beta1^t)
  float inverse_root = 1.0F;  // 1 / sqrt(1 - beta2^t)
};

// One Adam update over flat arrays of the same length.
struct AdamArrays {
  float* parameters = nullptr;
  float* gradients = nullptr;  // scaled in place
  float* first = nullptr;      // moments
  float* second = nullptr;
  std::size_t size = 0;
};

// Rows' features [features, stride], transposed so that rows are side by side; the first `rows` of
// each line count. Requires: stride a multiple of kRowPadding, the padding finite.
struct TransposedRows {
  const float* values = nullptr;
  std::size_t features = 0;
  std::size_t rows = 0;
  std::size_t stride = 0;
};
inline constexpr std::size_t kRowPadding = 64;

// Linear functions of the features: one line of `weights` [.., features] per candidate.
struct Candidates {
  const float* weights = nullptr;
  const float* bias = nullptr;             // null: none
  const std::uint32_t* indices = nullptr;  // the lines that compete, ascending
  std::size_t count = 0;                   // of indices, at least 1
};

// Sums of lines of the features themselves: candidate i sums lines[i * terms .. + terms).
struct SummedCandidates {
  const std::uint32_t* lines = nullptr;
  std::size_t terms = 0;
  const std::uint32_t* indices = nullptr;  // the candidates that compete, ascending
  std::size_t count = 0;
};

struct FusedKernels {
  const char* name;
  // y[r, c] = max(y[r, c] + bias[c], 0)
  void (*add_bias_relu)(float* y, const float* bias, std::size_t rows, std::size_t columns);
  void (*add_bias)(float* y, const float* bias, std::size_t rows, std::size_t columns);
  // y[l, r] = max(y[l, r] + bias[l], 0), one bias a line
  void (*add_line_bias_relu)(float* y, const float* bias, std::size_t lines, std::size_t stride);
  void (*add_line_bias)(float* y, const float* bias, std::size_t lines, std::size_t stride);
  // gradient = 0 where output <= 0
  void (*relu_gradient)(float* gradient, const float* output, std::size_t size);
  void (*column_sums)(const float* matrix, std::size_t rows, std::size_t columns, float* sums);
  float (*dot)(const float* a, const float* b, std::size_t size);
  // y += factor * x
  void (*add_scaled)(float* y, const float* x, float factor, std::size_t size);
  double (*sum_of_squares)(const float* values, std::size_t size);
  void (*adam)(const AdamArrays& arrays, const AdamStep& step);
  // p += share * (other - p)
  void (*move_towards)(float* p, const float* other, float share, std::size_t size);
  // values -> exp(lowest - values) where allowed (null: everywhere), 0 elsewhere; returns the sum.
  // Requires: lowest is at most every allowed value.
  float (*soft_minimum)(float* values, const std::uint8_t* allowed, float lowest, std::size_t size);
  // The candidate with the lowest value per row, the lower index where they are equal.
  void (*lowest)(const TransposedRows& rows, const Candidates& candidates, std::uint32_t* result);
  void (*lowest_sum)(const TransposedRows& rows, const SummedCandidates& candidates,
                     std::uint32_t* result);
};

// What this machine can run, the plain version first, the best one last.
std::vector<const FusedKernels*> available_kernels();
const FusedKernels& best_kernels();

}  // namespace flyball
