#include "env/model/residual.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <string>

namespace flyball {

namespace {

void fail(const std::string& message) { throw std::invalid_argument("residual." + message); }

void validate(const ResidualOutput& output, const Residual& residual, const std::string& name) {
  if (output.lengths.size() != residual.knobs.size()) {
    fail(fmt::format("{}.lengths: {} values for {} knobs", name, output.lengths.size(),
                     residual.knobs.size()));
  }
  for (std::size_t k = 0; k < output.lengths.size(); ++k) {
    if (!(output.lengths[k] > 0.0)) {
      fail(fmt::format("{}.lengths[{}] = {}: must be > 0", name, k, output.lengths[k]));
    }
  }
  if (!(output.deviation >= 0.0)) {
    fail(fmt::format("{}.deviation = {}: must be >= 0", name, output.deviation));
  }
  if (output.weights.size() != residual.inputs.size()) {
    fail(fmt::format("{}.weights: {} values for {} inputs", name, output.weights.size(),
                     residual.inputs.size()));
  }
}

}  // namespace

const char* to_string(FitKnob knob) {
  switch (knob) {
    case FitKnob::kCpu: return "cpu";
    case FitKnob::kGpu: return "gpu";
    case FitKnob::kEmc: return "emc";
    case FitKnob::kBatch: return "batch";
  }
  return "?";
}

void validate(const Residual& residual) {
  for (std::size_t i = 0; i < residual.inputs.size(); ++i) {
    if (residual.inputs[i].size() != residual.knobs.size()) {
      fail(fmt::format("inputs[{}]: {} values for {} knobs", i, residual.inputs[i].size(),
                       residual.knobs.size()));
    }
    for (const double value : residual.inputs[i]) {
      if (!(value > 0.0)) fail(fmt::format("inputs[{}] = {}: must be > 0", i, value));
    }
  }
  if (residual.knobs.empty()) return;
  validate(residual.time, residual, "time");
  validate(residual.energy, residual, "energy");
}

double matern32(double distance) {
  const double r = std::sqrt(3.0) * distance;
  return (1.0 + r) * std::exp(-r);
}

double correction(const Residual& residual, const ResidualOutput& output,
                  std::span<const double> coordinates) {
  double sum = 0.0;
  for (std::size_t i = 0; i < residual.inputs.size(); ++i) {
    double squared = 0.0;
    for (std::size_t k = 0; k < coordinates.size(); ++k) {
      const double step = std::log(coordinates[k] / residual.inputs[i][k]) / output.lengths[k];
      squared += step * step;
    }
    sum += output.weights[i] * matern32(std::sqrt(squared));
  }
  return output.deviation * output.deviation * sum;
}

}  // namespace flyball
