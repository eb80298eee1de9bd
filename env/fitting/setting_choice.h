// Which setting is the cheapest, of a few noisy measurements. Two predictors are put together by
// how well each foretells rows that it has not seen: the formulas with their process (fit.h), and a
// plain Gaussian process on the logarithms. A setting that was not measured is taken only where it
// is better by more than what is not known of it. Pure; the same rows, the same choice.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "env/fitting/fit.h"

namespace flyball {

// A prediction's mean and standard deviation, in the logarithm; of the mean, without the noise of
// one more measurement.
struct LogBelief {
  double mean = 0.0;
  double deviation = 0.0;
};

struct SettingBelief {
  LogBelief joules;   // per request
  LogBelief seconds;  // per batch
};

class SettingModel {
 public:
  // Requires: at least fewest_rows() rows. `fit`: of these rows.
  SettingModel(const Measurements& set, std::span<const Measurement> rows, const Fit& fit,
               ResidualKind residual);
  SettingBelief belief(const Measurement& setting) const;
  // Standard deviation of a measured log energy, as far as it is noise and no fault of the models.
  double noise() const;

 private:
  // How two predictors of one quantity are put together.
  struct Blend {
    double share = 1.0;        // of the formulas
    double fit_scale = 1.0;    // of its stated deviation, that it is what it should be
    double plain_scale = 1.0;  // likewise
    double middle = 0.0;       // of the plain process's targets
    std::optional<GaussianProcess> plain;
  };
  // Rows that were left out, as both saw them.
  struct Unseen {
    std::vector<double> fit_errors;
    std::vector<double> fit_ratios;  // errors over stated deviations
    std::vector<double> plain_errors;
    std::vector<double> plain_ratios;
  };

  static Blend blend(const Unseen& unseen);
  LogBelief joined(const Blend& blend, const LogBelief& fit, const Measurement& setting) const;

  std::vector<FitKnob> knobs_;
  const Fit& fit_;
  Blend energy_;
  Blend time_;
};

// The setting to take, and the best of those that were measured. The limit holds with 95 %.
struct SettingChoice {
  struct Candidate {
    Measurement setting;  // as it was asked for; seconds and watts are none of the prediction's
    SettingBelief belief;
  };
  std::optional<Candidate> chosen;        // absent: none keeps the limit
  std::optional<Candidate> best_sampled;  // likewise, of the measured ones
  bool is_sampled = false;                // the chosen one was measured
};

// Every combination of the levels that were measured, of no knob beyond them; where there are too
// many (20,000), the measured settings alone.
std::vector<Measurement> measured_grid(const Measurements& set);

// `candidates`: settings, those of `sampled` among them or not.
SettingChoice choose_setting(const SettingModel& model, std::span<const Measurement> candidates,
                             std::span<const Measurement> sampled,
                             std::optional<double> limit_seconds);

}  // namespace flyball
