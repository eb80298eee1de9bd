#include "controllers/search/bayes_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "controllers/search/normal.h"

namespace flyball {

namespace {

constexpr double kSurely = 1e9;  // deviations: there is no limit

// P(X <= z) = probability.
double quantile(double probability) {
  double low = -10.0;
  double high = 10.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (log_normal_cdf(middle) < std::log(probability) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

std::vector<SurfaceSample> logs_of(const SampleBook& book, double SearchSample::*quantity) {
  std::vector<SurfaceSample> samples;
  for (const SearchSample& sample : book.pooled()) {
    samples.push_back({sample.candidate, std::log(sample.*quantity), sample.error});
  }
  return samples;
}

}  // namespace

BayesSearch::BayesSearch(const SearchProblem& problem, BayesConfig config)
    : problem_(problem),
      config_(config),
      prior_(problem.prior.is_empty() ? generic_prior(problem.space) : problem.prior),
      book_(problem) {}

void BayesSearch::observe(const SearchSample& sample) {
  book_.add(sample);
  update();
}

void BayesSearch::update() {
  const SurfaceModel seconds =
      fitted_model(problem_.space, prior_.seconds, logs_of(book_, &SearchSample::seconds));
  const SurfaceModel joules =
      fitted_model(problem_.space, prior_.joules, logs_of(book_, &SearchSample::joules));
  outlooks_.resize(problem_.space.size());
  for (std::size_t c = 0; c < outlooks_.size(); ++c) {
    Outlook& there = outlooks_[c];
    there = {seconds.belief(c), joules.belief(c), kSurely};
    if (!problem_.limit_seconds) continue;
    const double room = std::log(*problem_.limit_seconds) - there.seconds.mean;
    there.feasible_z = room / std::max(there.seconds.deviation, 1e-9);
  }
}

// Whether the physical bound from some sample is at most `factor` times the limit.
bool BayesSearch::is_bounded(std::size_t candidate, double factor) const {
  return std::ranges::any_of(book_.pooled(), [&](const SearchSample& sample) {
    return sample.seconds * problem_.space.slowdown_bound(sample.candidate, candidate) <=
           factor * *problem_.limit_seconds;
  });
}

bool BayesSearch::may_try(std::size_t candidate, const Outlook& there) const {
  if (!problem_.limit_seconds) return true;
  const double certain_z = quantile(config_.certainty);
  if (config_.mode == SearchMode::kCertified) {
    const double factor = prior_.is_learned ? config_.learned_bound : 1.0 - config_.bound_margin;
    return there.feasible_z >= certain_z && is_bounded(candidate, factor);
  }
  const double far_z = there.feasible_z + std::log1p(config_.overshoot) / there.seconds.deviation;
  return there.feasible_z >= 0.0 && far_z >= certain_z && !book_.is_ruled_out(candidate);
}

// The least energy believed of a measured setting that keeps the limit so surely.
std::optional<std::size_t> BayesSearch::likely_best(double least_z) const {
  std::optional<std::size_t> best;
  for (const SearchSample& sample : book_.pooled()) {
    const Outlook& there = outlooks_[sample.candidate];
    if (there.feasible_z < least_z) continue;
    if (!best || there.joules.mean < outlooks_[*best].joules.mean) best = sample.candidate;
  }
  return best;
}

std::optional<std::size_t> BayesSearch::best() const {
  if (outlooks_.empty()) return std::nullopt;
  const bool certified = config_.mode == SearchMode::kCertified;
  const std::optional<std::size_t> likely =
      likely_best(certified ? quantile(config_.certainty) : 0.0);
  return likely ? likely : book_.best();
}

std::optional<std::size_t> BayesSearch::propose() {
  if (outlooks_.empty()) return problem_.space.start();
  const std::optional<std::size_t> incumbent = likely_best(0.0);
  std::optional<std::size_t> next;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < outlooks_.size(); ++c) {
    if (book_.has(c)) continue;
    const Outlook& there = outlooks_[c];
    if (!may_try(c, there)) continue;
    double worth = problem_.limit_seconds ? log_normal_cdf(there.feasible_z) : 0.0;
    if (incumbent) {
      const double gain = outlooks_[*incumbent].joules.mean - there.joules.mean;
      const double deviation = std::max(there.joules.deviation, 1e-9);
      worth += std::log(deviation) + log_expected_improvement(gain / deviation);
    }
    if (worth <= most) continue;
    next = c;
    most = worth;
  }
  if (incumbent && most < std::log(config_.least_gain)) return std::nullopt;
  return next;
}

}  // namespace flyball
