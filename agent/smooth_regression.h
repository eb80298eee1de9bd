// Least squares on the smooth head's features: what a setting costs, from rows that tried some
// settings, and how sure that is. Pure functions; no randomness.
//
// The model is Bayesian and linear (Rasmussen and Williams 2006, section 2.1). A row's target y, or
// its logarithm where all are above 0, is
//   y = phi(a)' theta(x) + noise,   theta(x) = theta_0 + Theta x
// phi as action_features() makes it, x the observation, centred and scaled, or left out. A feature
// of degree d has the prior precision ridge * decay^d (times decay for its products with x), in
// units of the noise: smooth surfaces are likelier than rough ones. Degree, ridge, decay and
// whether x counts are chosen by cross-validation over blocks of the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/knob.h"
#include "policies/safetensors.h"

namespace flyball {

// In the order of the log, so that blocks of it are stretches of time.
struct RegressionRows {
  std::span<const float> observations;     // [rows, inputs]; empty: there are none
  std::span<const std::uint32_t> actions;  // joint
  std::span<const double> targets;
  std::span<const double> weights;  // precisions; their mean is 1
};

// What cross-validation chose.
struct RegressionForm {
  std::size_t degree = 1;
  double ridge = 0.0;
  double decay = 1.0;
  bool with_observation = false;
};

struct SmoothFit {
  RegressionForm form;
  bool logarithmic = false;
  Tensor phi;                      // [actions, features]
  std::vector<double> bias;        // [features]: at an observation of 0
  std::vector<double> weights;     // [features, inputs]
  std::vector<double> deviations;  // per joint action: standard deviation of the posterior mean
  double noise = 0.0;              // standard deviation of a row of weight 1
  double held_out = 0.0;           // root mean square error on blocks left out
  std::vector<double> means;       // per joint action, at the mean observation

  // Of a joint action at the mean observation, so many deviations above its mean.
  double value(std::size_t action, double above = 0.0) const;
};

struct RegressionOptions {
  std::size_t degree = 3;          // the highest that is tried
  bool may_take_logarithm = true;  // of targets that are all above 0
};

// `support`: one byte per joint action, empty for all. Throws std::invalid_argument when there are
// fewer than two rows.
SmoothFit fit_smooth(const RegressionRows& rows, std::span<const Knob> knobs,
                     std::span<const std::uint8_t> support, const RegressionOptions& options);

}  // namespace flyball
