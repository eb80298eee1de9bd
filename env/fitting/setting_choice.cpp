#include "env/fitting/setting_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace flyball {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr std::size_t kParts = 5;
constexpr double kSure = 1.645;  // 95 % of a normal distribution lie below
// Smooth predictors take for noise what they cannot follow, so a row's own measurement counts for
// more than their noise says: as if the noise were this share of the smaller of the two, and what
// they foretell were unsure by kUnfollowed as well. A setting is judged worse than expected by
// kCaution deviations, and one that was not measured by that noise on top. All were chosen
// for the least mean regret on BoFL's ViT (whole and thinned) and on thinned grids of LoudVA's AGX
// Xavier, among those that no kind of grid put more than 0.4 points above the best sampled row.
constexpr double kNoiseShare = 0.3;
constexpr double kUnfollowed = 0.01;
constexpr double kCaution = 0.5;
constexpr double kLeastError = 2e-3;  // a predictor is not believed to be better

double log_joules(const Measurement& row) { return std::log(row.joules() / row.batch()); }

// Energies and times change by factors here, not by the few percent that formulas leave over.
GaussianProcessPrior plain_prior() {
  GaussianProcessPrior prior;
  prior.deviation = 0.4;
  return prior;
}

struct PlainFit {
  GaussianProcess process;
  double middle = 0.0;
};

template <typename Target>
PlainFit plain_fit(std::span<const Measurement> rows, std::span<const FitKnob> knobs,
                   const Target& target) {
  VectorXd targets(std::ssize(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) targets[static_cast<Index>(i)] = target(rows[i]);
  const double middle = targets.mean();
  targets.array() -= middle;
  const GaussianProcessPrior prior = plain_prior();
  GaussianProcessHyper start;
  start.lengths = VectorXd::Constant(std::ssize(knobs), prior.length);
  start.deviation = prior.deviation;
  const Eigen::MatrixXd inputs = log_coordinates(rows, knobs);
  return {
      GaussianProcess(inputs, targets, GaussianProcess::optimise(inputs, targets, prior, start)),
      middle};
}

double root_mean_square(const std::vector<double>& values) {
  if (values.empty()) return 0.0;
  const double sum = std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

bool is_same(const Measurement& a, const Measurement& b) {
  return a.requests == b.requests && a.point.cpu_hz == b.point.cpu_hz &&
         a.point.gpu_hz == b.point.gpu_hz && a.point.emc_hz == b.point.emc_hz;
}

// What is believed of a row after its own measurement, which has noise of its own.
LogBelief with_own(const LogBelief& belief, double measured, double noise) {
  const double variance = belief.deviation * belief.deviation + kUnfollowed * kUnfollowed;
  const double own = variance / (variance + noise * noise);
  return {belief.mean + own * (measured - belief.mean), std::sqrt(own) * noise};
}

double noise_of(const std::optional<GaussianProcess>& process) {
  return process ? process->hyper().noise : 0.0;
}

}  // namespace

SettingModel::SettingModel(const Measurements& set, std::span<const Measurement> all,
                           const Fit& fit, ResidualKind residual)
    : knobs_(set.varied), fit_(fit) {
  std::vector<Measurement> rows(all.begin(), all.end());
  std::erase_if(rows, [&](const Measurement& row) {
    return std::any_of(fit.outliers.begin(), fit.outliers.end(),
                       [&](const OutlierRow& outlier) { return is_same(outlier.row, row); });
  });
  std::mt19937_64 random(0);
  std::shuffle(rows.begin(), rows.end(), random);
  const auto seconds = [](const Measurement& row) { return std::log(row.seconds); };
  Unseen energy;
  Unseen time;
  const auto note = [](std::vector<double>& errors, std::vector<double>& ratios, double error,
                       double deviation, double noise) {
    errors.push_back(error);
    ratios.push_back(error / std::max(std::hypot(deviation, noise), kLeastError));
  };
  const std::size_t parts = std::min(kParts, rows.size());
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<Measurement> train;
    std::vector<Measurement> test;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      (i % parts == part ? test : train).push_back(rows[i]);
    }
    const Fit partial = fit_rows(set, train, residual, &fit.found);
    const PlainFit plain_energy = plain_fit(train, knobs_, log_joules);
    const PlainFit plain_time = plain_fit(train, knobs_, seconds);
    for (const Measurement& row : test) {
      const RowPrediction expected = partial.predict(row);
      const VectorXd x = log_coordinates(row, knobs_);
      note(energy.fit_errors, energy.fit_ratios,
           log_joules(row) - std::log(expected.joules() / row.batch()),
           partial.energy_deviation(row), noise_of(partial.energy_process));
      note(time.fit_errors, time.fit_ratios, seconds(row) - std::log(expected.seconds),
           partial.time_deviation(row), noise_of(partial.time_process));
      const auto plain = [&](const PlainFit& of, Unseen& unseen, double truth) {
        note(unseen.plain_errors, unseen.plain_ratios, truth - of.middle - of.process.mean(x),
             std::sqrt(of.process.variance(x)), of.process.hyper().noise);
      };
      plain(plain_energy, energy, log_joules(row));
      plain(plain_time, time, seconds(row));
    }
  }
  energy_ = blend(energy);
  time_ = blend(time);
  PlainFit whole = plain_fit(rows, knobs_, log_joules);
  energy_.plain = std::move(whole.process);
  energy_.middle = whole.middle;
  whole = plain_fit(rows, knobs_, seconds);
  time_.plain = std::move(whole.process);
  time_.middle = whole.middle;
}

SettingModel::Blend SettingModel::blend(const Unseen& unseen) {
  Blend result;
  const double fit = std::max(root_mean_square(unseen.fit_errors), kLeastError);
  const double plain = std::max(root_mean_square(unseen.plain_errors), kLeastError);
  result.share = plain * plain / (fit * fit + plain * plain);
  result.fit_scale = std::max(1.0, root_mean_square(unseen.fit_ratios));
  result.plain_scale = std::max(1.0, root_mean_square(unseen.plain_ratios));
  return result;
}

double SettingModel::noise() const {
  const double plain = energy_.plain->hyper().noise;
  const double least = fit_.energy_process ? std::min(plain, noise_of(fit_.energy_process)) : plain;
  return kNoiseShare * std::max(least, kLeastError);
}

LogBelief SettingModel::joined(const Blend& blend, const LogBelief& fit,
                               const Measurement& setting) const {
  const VectorXd x = log_coordinates(setting, knobs_);
  const double plain = blend.middle + blend.plain->mean(x);
  const double plain_deviation = blend.plain_scale * std::sqrt(blend.plain->variance(x));
  const double fit_deviation = blend.fit_scale * fit.deviation;
  const double share = blend.share;
  LogBelief result;
  result.mean = share * fit.mean + (1.0 - share) * plain;
  const double apart = share * (1.0 - share) * std::pow(fit.mean - plain, 2.0);
  result.deviation = std::sqrt(share * fit_deviation * fit_deviation +
                               (1.0 - share) * plain_deviation * plain_deviation + apart);
  return result;
}

SettingBelief SettingModel::belief(const Measurement& setting) const {
  const RowPrediction expected = fit_.predict(setting);
  return {joined(energy_,
                 {std::log(expected.joules() / setting.batch()), fit_.energy_deviation(setting)},
                 setting),
          joined(time_, {std::log(expected.seconds), fit_.time_deviation(setting)}, setting)};
}

std::vector<Measurement> measured_grid(const Measurements& set) {
  constexpr std::size_t kMostSettings = 20000;
  std::vector<Measurement> grid = {set.rows.front()};
  for (const FitKnob knob : set.varied) {
    const std::vector<double> levels = levels_of(set, knob);
    if (grid.size() * levels.size() > kMostSettings) return set.rows;
    std::vector<Measurement> next;
    for (const Measurement& setting : grid) {
      for (const double level : levels) {
        Measurement& other = next.emplace_back(setting);
        if (knob == FitKnob::kCpu) other.point.cpu_hz = level;
        if (knob == FitKnob::kGpu) other.point.gpu_hz = level;
        if (knob == FitKnob::kEmc) other.point.emc_hz = level;
        if (knob == FitKnob::kBatch) other.requests = level;
      }
    }
    grid = std::move(next);
  }
  return grid;
}

SettingChoice choose_setting(const SettingModel& model, std::span<const Measurement> candidates,
                             std::span<const Measurement> sampled,
                             std::optional<double> limit_seconds) {
  SettingChoice result;
  double least = 0.0;
  double least_sampled = 0.0;
  const auto keeps = [&](const LogBelief& seconds) {
    return !limit_seconds || seconds.mean + kSure * seconds.deviation <= std::log(*limit_seconds);
  };
  for (const Measurement& candidate : candidates) {
    SettingBelief belief = model.belief(candidate);
    if (!keeps(belief.seconds)) continue;
    const auto own = std::find_if(sampled.begin(), sampled.end(),
                                  [&](const Measurement& row) { return is_same(row, candidate); });
    const bool is_sampled = own != sampled.end();
    if (is_sampled) {
      belief.joules = with_own(belief.joules, log_joules(*own), model.noise());
    }
    const double judged = belief.joules.mean + kCaution * belief.joules.deviation +
                          (is_sampled ? 0.0 : model.noise());
    if (!result.chosen || judged < least) {
      result.chosen = {candidate, belief};
      result.is_sampled = is_sampled;
      least = judged;
    }
    if (is_sampled && (!result.best_sampled || judged < least_sampled)) {
      result.best_sampled = {candidate, belief};
      least_sampled = judged;
    }
  }
  return result;
}

}  // namespace flyball
