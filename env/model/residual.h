// What a fitted model's formula leaves over, as the mean of a Gaussian process: smooth corrections
// of the logarithms of time and energy. Values; evaluation needs no linear algebra.
//
//   r(x) = sum_i weight_i s^2 (1 + sqrt(3) d_i) exp(-sqrt(3) d_i),   d_i = |(log x - log x_i) / l|
//
// the Matern 3/2 kernel with a length l per knob (Rasmussen and Williams, Gaussian Processes for
// Machine Learning, 2006, eq. 2.25 and 4.17).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "env/config/fields.h"

namespace flyball {

// A coordinate that a measurement varied.
enum class FitKnob : std::uint8_t { kCpu, kGpu, kEmc, kBatch };

// "cpu", "gpu", "emc" or "batch".
const char* to_string(FitKnob knob);

struct ResidualOutput {
  std::vector<double> lengths;  // per knob, in the logarithm of hertz or requests
  double deviation = 0.0;       // s
  std::vector<double> weights;  // per input
};
template <typename Visitor, FieldsOf<ResidualOutput> Config>
void visit(Visitor& field, Config& output) {
  field(
      {"lengths", "", above(0), "per knob, in the logarithm of hertz or requests", Need::kRequired},
      output.lengths);
  field({"deviation", "", at_least(0), "of the corrections", Need::kRequired}, output.deviation);
  field({"weights", "", {}, "one per input", Need::kRequired}, output.weights);
}

struct Residual {
  std::vector<FitKnob> knobs;               // the coordinates, ascending; empty: no correction
  std::vector<std::vector<double>> inputs;  // [input][knob]: hertz or requests
  ResidualOutput time;                      // of log seconds per batch
  ResidualOutput energy;                    // of log joules per batch
};

// Throws std::invalid_argument naming the key at fault ("residual.time.weights").
void validate(const Residual& residual);

// Matern 3/2 of a scaled distance, without the factor s^2.
double matern32(double distance);

// r(x) of one output of `residual`. Requires: one coordinate per knob, above 0.
double correction(const Residual& residual, const ResidualOutput& output,
                  std::span<const double> coordinates);

}  // namespace flyball
