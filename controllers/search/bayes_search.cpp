#include "controllers/search/bayes_search.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

#include "controllers/search/normal.h"

namespace flyball {

namespace {

constexpr double kSurely = 1e9;          // deviations: there is no limit
constexpr double kLeastNarrowing = 0.1;  // of a variance, that is worth a sample
constexpr double kFarOff = 2.5;          // deviations, that a prediction may be off by
constexpr double kUsualError = 0.005;    // of a sample

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
      certain_z_(boost::math::quantile(boost::math::normal(), config.certainty)),
      prior_(problem.prior.is_empty() ? generic_prior(problem.space) : problem.prior),
      book_(problem) {}

// Latency alone: it is what must not be mistaken.
void BayesSearch::judge_prediction(const SearchSample& sample) {
  if (outlooks_.empty() || sample.candidate >= outlooks_.size() || book_.has(sample.candidate)) {
    return;
  }
  const SurfaceModel::Belief& before = outlooks_[sample.candidate].seconds;
  const double off = std::abs(std::log(sample.seconds) - before.mean);
  const bool as_predicted = off <= kFarOff * std::hypot(before.deviation, sample.error);
  trusted_ = as_predicted ? trusted_ + 1.0 : 0.0;
}

double BayesSearch::certified_bound() const {
  if (!prior_.is_learned) return 1.0 - config_.bound_margin;
  return std::min(config_.first_bound + config_.bound_step * trusted_, config_.learned_bound);
}

void BayesSearch::observe(const SearchSample& sample) {
  judge_prediction(sample);
  book_.add(sample);
  update();
}

void BayesSearch::update() {
  seconds_ = fitted_model(problem_.space, prior_.seconds, logs_of(book_, &SearchSample::seconds));
  const SurfaceModel joules =
      fitted_model(problem_.space, prior_.joules, logs_of(book_, &SearchSample::joules));
  outlooks_.resize(problem_.space.size());
  for (std::size_t c = 0; c < outlooks_.size(); ++c) {
    Outlook& there = outlooks_[c];
    there = {seconds_->belief(c), joules.belief(c), kSurely};
    if (!problem_.limit_seconds) continue;
    const double room = std::log(*problem_.limit_seconds) - there.seconds.mean;
    there.feasible_z = room / std::max(there.seconds.deviation, 1e-9);
  }
  is_certain_ = must_be_certain();
}

// Whether the physical bound from some sample is at most `factor` times the limit.
bool BayesSearch::is_bounded(std::size_t candidate, double factor) const {
  return std::ranges::any_of(book_.pooled(), [&](const SearchSample& sample) {
    return sample.seconds * problem_.space.slowdown_bound(sample.candidate, candidate) <=
           factor * *problem_.limit_seconds;
  });
}

// Whether only what is known to keep the limit may be tried.
bool BayesSearch::must_be_certain() const {
  if (config_.mode == SearchMode::kCertified) return true;
  const auto over = std::ranges::count_if(book_.pooled(), [this](const SearchSample& sample) {
    return !book_.is_feasible(sample) || outlooks_[sample.candidate].feasible_z < 0.0;
  });
  return static_cast<std::size_t>(over) >= config_.most_over;
}

bool BayesSearch::may_try(std::size_t candidate, const Outlook& there) const {
  if (!problem_.limit_seconds) return true;
  if (is_certain_) {
    return there.feasible_z >= certain_z_ && is_bounded(candidate, certified_bound());
  }
  const double far_z = there.feasible_z + std::log1p(config_.overshoot) / there.seconds.deviation;
  return there.feasible_z >= 0.0 && far_z >= certain_z_ && !book_.is_ruled_out(candidate) &&
         is_bounded(candidate, config_.probing_bound);
}

// The least energy believed of a measured setting that keeps the limit so surely; `measured_so`: by
// its own sample, too, whatever the model makes of it.
std::optional<std::size_t> BayesSearch::likely_best(double least_z, bool measured_so) const {
  std::optional<std::size_t> best;
  for (const SearchSample& sample : book_.pooled()) {
    const Outlook& there = outlooks_[sample.candidate];
    if (there.feasible_z < least_z || (measured_so && !book_.is_feasible(sample))) continue;
    if (!best || there.joules.mean < outlooks_[*best].joules.mean) best = sample.candidate;
  }
  return best;
}

std::optional<std::size_t> BayesSearch::best() const {
  if (outlooks_.empty()) return std::nullopt;
  const bool certified = config_.mode == SearchMode::kCertified;
  const std::optional<std::size_t> likely = likely_best(certified ? certain_z_ : 0.0, true);
  return likely ? likely : book_.best();
}

double BayesSearch::worth(std::size_t candidate, std::optional<std::size_t> incumbent) const {
  const Outlook& there = outlooks_[candidate];
  const double feasible = problem_.limit_seconds ? log_normal_cdf(there.feasible_z) : 0.0;
  if (!incumbent) return feasible;
  const double gain = outlooks_[*incumbent].joules.mean - there.joules.mean;
  const double deviation = std::max(there.joules.deviation, 1e-9);
  return feasible + std::log(deviation) + log_expected_improvement(gain / deviation);
}

BayesSearch::Ranking BayesSearch::rank(std::optional<std::size_t> incumbent) const {
  Ranking ranking;
  for (std::size_t c = 0; c < outlooks_.size(); ++c) {
    if (book_.has(c)) continue;
    const bool may = may_try(c, outlooks_[c]);
    std::optional<std::size_t>& best = may ? ranking.next : ranking.dream;
    double& most = may ? ranking.next_worth : ranking.dream_worth;
    const double here = worth(c, incumbent);
    if (best && here <= most) continue;
    best = c;
    most = here;
  }
  return ranking;
}

// What may be tried and tells most about the latency of what may not; absent: nothing tells much.
std::optional<std::size_t> BayesSearch::step_towards(std::size_t dream) const {
  std::optional<std::size_t> step;
  double most = kLeastNarrowing;
  for (std::size_t c = 0; c < outlooks_.size(); ++c) {
    if (book_.has(c) || !may_try(c, outlooks_[c])) continue;
    const double narrowing = seconds_->narrowing(c, dream, kUsualError);
    if (narrowing <= most) continue;
    step = c;
    most = narrowing;
  }
  return step;
}

std::optional<std::size_t> BayesSearch::propose() {
  if (outlooks_.empty()) return problem_.space.start();
  const std::optional<std::size_t> incumbent = likely_best(0.0, false);
  const Ranking ranking = rank(incumbent);
  if (!ranking.next) return std::nullopt;
  const double dream = ranking.dream ? ranking.dream_worth - std::log(config_.dream_factor)
                                     : -std::numeric_limits<double>::infinity();
  if (dream > ranking.next_worth) {
    const std::optional<std::size_t> step = step_towards(*ranking.dream);
    if (step) return step;
  }
  if (incumbent && ranking.next_worth < std::log(config_.least_gain)) return std::nullopt;
  return ranking.next;
}

}  // namespace flyball
