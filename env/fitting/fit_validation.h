// How well a fit predicts what it has not seen: cross-validation over rows and over whole
// frequencies, and the regret of the setting it would choose. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "env/fitting/fit.h"

namespace flyball {

// Mean and largest relative errors of predictions, |predicted / measured - 1|.
struct PredictionErrors {
  std::size_t rows = 0;
  double time_mean = 0.0;
  double power_mean = 0.0;
  double energy_mean = 0.0;
  double time_worst = 0.0;
  double energy_worst = 0.0;
};

PredictionErrors prediction_errors(const Fit& fit, std::span<const Measurement> rows);
// Over all rows of both.
PredictionErrors joined(const PredictionErrors& a, const PredictionErrors& b);

// Told the share done; false ends the work, which then returns what it has.
using ValidationProgress = std::function<bool(double share)>;

struct CrossValidation {
  PredictionErrors rows;  // five parts, drawn at random
  struct OfKnob {
    FitKnob knob = FitKnob::kCpu;
    std::size_t levels = 0;
    PredictionErrors errors;
  };
  std::vector<OfKnob>
      frequencies;           // whole levels of one varied knob left out, in at most five parts
  bool is_complete = false;  // false: interrupted
};

// `fit`: on all rows, where the partial fits start.
CrossValidation cross_validate(const Measurements& set, const Fit& fit, ResidualKind residual,
                               const ValidationProgress& progress);

// The rows whose levels of `knobs` are all kept, and the others: of each knob every third level is
// held out, beginning with number `offset` (0 to 2) of the ascending levels.
struct HeldOut {
  std::vector<Measurement> train;
  std::vector<Measurement> test;
};
HeldOut hold_out_thirds(const Measurements& set, std::span<const FitKnob> knobs,
                        std::size_t offset);

struct DrawOptions {
  std::size_t train_rows = 100;
  std::size_t repeats = 5;
  std::uint64_t seed = 1;                       // draw i uses seed + i
  std::optional<double> latency_limit_seconds;  // of a batch
  ResidualKind residual = ResidualKind::kGaussianProcess;
  // Of the drawn rows' times and powers, log-normal and put on top: the rows stay the truth.
  double noise = 0.0;
};

struct Draw {
  std::uint64_t seed = 0;
  PredictionErrors errors;  // on the rows that were not drawn
  // The row that choose_setting() takes. Absent: it expects none to keep the limit.
  std::optional<Measurement> chosen;
  // True energy per request of the chosen row over the true least, minus 1.
  std::optional<double> regret;
  // The same of the drawn row that measured best, within the limit as it measured.
  std::optional<double> sampled_regret;
  bool kept_limit = true;  // the chosen row truly keeps the limit
};

// Throws DataError when there are not more rows than `train_rows`, when fewer than fewest_rows()
// are asked for, or when no row keeps the limit.
std::vector<Draw> draw_and_fit(const Measurements& set, const DrawOptions& options,
                               const ValidationProgress& progress);

struct MeanSpread {
  double mean = 0.0;
  double least = 0.0;
  double most = 0.0;
};
MeanSpread mean_spread(std::span<const double> values);

}  // namespace flyball
