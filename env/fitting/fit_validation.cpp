#include "env/fitting/fit_validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "env/errors.h"
#include "env/fitting/setting_choice.h"

namespace flyball {

namespace {

constexpr std::size_t kParts = 5;

std::vector<std::size_t> shuffled_order(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

// Which part each row is left out in.
using Parts = std::vector<std::size_t>;

Parts parts_of_rows(const Measurements& set) {
  const std::vector<std::size_t> order = shuffled_order(set.rows.size(), 0);
  Parts parts(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) parts[order[i]] = i % kParts;
  return parts;
}

std::size_t level_number(const std::vector<double>& levels, double value) {
  return static_cast<std::size_t>(std::lower_bound(levels.begin(), levels.end(), value) -
                                  levels.begin());
}

Parts parts_of_levels(const Measurements& set, FitKnob knob) {
  const std::vector<double> levels = levels_of(set, knob);
  Parts parts;
  for (const Measurement& row : set.rows) {
    parts.push_back(level_number(levels, Measurements::value(row, knob)) % kParts);
  }
  return parts;
}

HeldOut split(const Measurements& set, const Parts& parts, std::size_t part) {
  HeldOut rows;
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    (parts[i] == part ? rows.test : rows.train).push_back(set.rows[i]);
  }
  return rows;
}

double joules_per_request(const Measurement& row) { return row.joules() / row.batch(); }

bool keeps(const std::optional<double>& limit_seconds, double seconds) {
  return !limit_seconds || seconds <= *limit_seconds;
}

// The true least energy per request within the limit.
double least_joules(const Measurements& set, const std::optional<double>& limit_seconds) {
  std::optional<double> least;
  for (const Measurement& row : set.rows) {
    if (!keeps(limit_seconds, row.seconds)) continue;
    least = std::min(least.value_or(joules_per_request(row)), joules_per_request(row));
  }
  if (!least) {
    throw DataError(fmt::format("{}: no row takes at most {:g} s", set.file.string(),
                                limit_seconds.value_or(0.0)));
  }
  return *least;
}

double regret_of(const Measurements& set, const std::optional<double>& limit_seconds,
                 const Measurement& truth) {
  return joules_per_request(truth) / least_joules(set, limit_seconds) - 1.0;
}

// `truths`: of the sampled rows.
void choose(const Measurements& set, const Fit& fit, std::span<const Measurement> sampled,
            std::span<const Measurement> truths, const DrawOptions& options, Draw& draw) {
  const auto& limit = options.latency_limit_seconds;
  const Measurement* best = nullptr;
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    if (!keeps(limit, sampled[i].seconds)) continue;
    if (best && joules_per_request(sampled[i]) >= joules_per_request(*best)) continue;
    best = &sampled[i];
    draw.sampled_regret = regret_of(set, limit, truths[i]);
  }
  const SettingModel model(set, sampled, fit, options.residual);
  const SettingChoice choice = choose_setting(model, set.rows, sampled, limit);
  if (!choice.chosen) return;
  draw.chosen = choice.chosen->setting;
  draw.kept_limit = keeps(limit, draw.chosen->seconds);
  draw.regret = regret_of(set, limit, *draw.chosen);
}

std::vector<Measurement> with_noise(std::span<const Measurement> rows, double noise,
                                    std::uint64_t seed) {
  std::vector<Measurement> result(rows.begin(), rows.end());
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0.0, noise);
  for (Measurement& row : result) {
    row.seconds *= std::exp(normal(random));
    row.watts *= std::exp(normal(random));
  }
  return result;
}

}  // namespace

PredictionErrors prediction_errors(const Fit& fit, std::span<const Measurement> rows) {
  PredictionErrors errors;
  errors.rows = rows.size();
  if (rows.empty()) return errors;
  for (const Measurement& row : rows) {
    const RowPrediction expected = fit.predict(row);
    const double time = std::abs(expected.seconds / row.seconds - 1.0);
    const double energy = std::abs(expected.joules() / row.joules() - 1.0);
    errors.time_mean += time;
    errors.power_mean += std::abs(expected.watts / row.watts - 1.0);
    errors.energy_mean += energy;
    errors.time_worst = std::max(errors.time_worst, time);
    errors.energy_worst = std::max(errors.energy_worst, energy);
  }
  const auto count = static_cast<double>(rows.size());
  errors.time_mean /= count;
  errors.power_mean /= count;
  errors.energy_mean /= count;
  return errors;
}

PredictionErrors joined(const PredictionErrors& a, const PredictionErrors& b) {
  if (a.rows + b.rows == 0) return a;
  const double share = static_cast<double>(b.rows) / static_cast<double>(a.rows + b.rows);
  const auto mean = [share](double x, double y) { return x + share * (y - x); };
  PredictionErrors both;
  both.rows = a.rows + b.rows;
  both.time_mean = mean(a.time_mean, b.time_mean);
  both.power_mean = mean(a.power_mean, b.power_mean);
  both.energy_mean = mean(a.energy_mean, b.energy_mean);
  both.time_worst = std::max(a.time_worst, b.time_worst);
  both.energy_worst = std::max(a.energy_worst, b.energy_worst);
  return both;
}

CrossValidation cross_validate(const Measurements& set, const Fit& fit, ResidualKind residual,
                               const ValidationProgress& progress) {
  CrossValidation result;
  struct Job {
    Parts parts;
    std::size_t part;
    PredictionErrors* errors;
  };
  for (const FitKnob knob : set.varied) {
    result.frequencies.push_back({knob, levels_of(set, knob).size(), {}});
  }
  std::vector<Job> jobs;
  for (std::size_t part = 0; part < kParts; ++part) {
    jobs.push_back({parts_of_rows(set), part, &result.rows});
    for (CrossValidation::OfKnob& of : result.frequencies) {
      if (part < of.levels) jobs.push_back({parts_of_levels(set, of.knob), part, &of.errors});
    }
  }
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto share = static_cast<double>(j) / static_cast<double>(jobs.size());
    if (progress && !progress(share)) return result;
    const HeldOut rows = split(set, jobs[j].parts, jobs[j].part);
    if (rows.train.empty() || rows.test.empty()) continue;
    const Fit partial = fit_rows(set, rows.train, residual, &fit.found);
    *jobs[j].errors = joined(*jobs[j].errors, prediction_errors(partial, rows.test));
  }
  result.is_complete = true;
  return result;
}

HeldOut hold_out_thirds(const Measurements& set, std::span<const FitKnob> knobs,
                        std::size_t offset) {
  HeldOut rows;
  for (const Measurement& row : set.rows) {
    const bool is_held = std::any_of(knobs.begin(), knobs.end(), [&](FitKnob knob) {
      return level_number(levels_of(set, knob), Measurements::value(row, knob)) % 3 == offset;
    });
    (is_held ? rows.test : rows.train).push_back(row);
  }
  return rows;
}

std::vector<Draw> draw_and_fit(const Measurements& set, const DrawOptions& options,
                               const ValidationProgress& progress) {
  const std::size_t fewest = fewest_rows(set.varied.size());
  if (options.train_rows < fewest || options.train_rows >= set.rows.size()) {
    throw DataError(fmt::format(
        "{}: cannot fit on {} rows: {} knobs vary, so at least {} are needed, and fewer than the "
        "file's {}",
        set.file.string(), options.train_rows, set.varied.size(), fewest, set.rows.size()));
  }
  least_joules(set, options.latency_limit_seconds);
  std::vector<Draw> draws;
  for (std::size_t i = 0; i < options.repeats; ++i) {
    if (progress && !progress(static_cast<double>(i) / static_cast<double>(options.repeats))) break;
    Draw draw;
    draw.seed = options.seed + i;
    const std::vector<std::size_t> order = shuffled_order(set.rows.size(), draw.seed);
    HeldOut rows;
    for (std::size_t k = 0; k < order.size(); ++k) {
      (k < options.train_rows ? rows.train : rows.test).push_back(set.rows[order[k]]);
    }
    const std::vector<Measurement> sampled =
        options.noise > 0.0 ? with_noise(rows.train, options.noise, draw.seed) : rows.train;
    const Fit fit = fit_rows(set, sampled, options.residual);
    draw.errors = prediction_errors(fit, rows.test);
    choose(set, fit, sampled, rows.train, options, draw);
    draws.push_back(std::move(draw));
  }
  return draws;
}

MeanSpread mean_spread(std::span<const double> values) {
  MeanSpread result;
  if (values.empty()) return result;
  result.mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  result.least = *std::min_element(values.begin(), values.end());
  result.most = *std::max_element(values.begin(), values.end());
  return result;
}

}  // namespace flyball
