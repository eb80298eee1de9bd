#include "controllers/search/thompson_search.h"

#include <Eigen/Cholesky>
#include <cmath>

#include "controllers/search/normal.h"

namespace flyball {

namespace {

constexpr double kLevelDeviation = 10.0;  // nothing is known of the level
constexpr double kMisfit = 0.01;          // of a surface, relative: what its features cannot say

// The prior's features, and a second-order polynomial of the knobs' logarithms that is as uncertain
// as the prior's process; the level first.
Eigen::MatrixXd features_of(const SearchSpace& space, const QuantityPrior& prior) {
  const auto knobs = static_cast<Eigen::Index>(space.knob_count());
  const auto rows = static_cast<Eigen::Index>(space.size());
  const Eigen::Index given = prior.features.cols();
  Eigen::MatrixXd features(rows, 1 + given + knobs + knobs * (knobs + 1) / 2);
  features.col(0).setConstant(kLevelDeviation);
  features.middleCols(1, given) = prior.features;
  for (Eigen::Index c = 0; c < rows; ++c) {
    const auto candidate = static_cast<std::size_t>(c);
    const auto x = [&](Eigen::Index k) {
      const auto knob = static_cast<std::size_t>(k);
      return space.logs(candidate)[knob] - space.logs(space.start())[knob];
    };
    Eigen::Index next = 1 + given;
    for (Eigen::Index i = 0; i < knobs; ++i) {
      features(c, next++) = prior.deviation / prior.length * x(i);
      for (Eigen::Index j = 0; j <= i; ++j) {
        features(c, next++) = prior.deviation / (prior.length * prior.length) * x(i) * x(j);
      }
    }
  }
  return features;
}

}  // namespace

ThompsonSearch::ThompsonSearch(const SearchProblem& problem, std::uint64_t seed)
    : problem_(problem),
      prior_(problem.prior.is_empty() ? generic_prior(problem.space) : problem.prior),
      seconds_features_(features_of(problem.space, prior_.seconds)),
      joules_features_(features_of(problem.space, prior_.joules)),
      book_(problem),
      random_(seed) {}

void ThompsonSearch::observe(const SearchSample& sample) {
  book_.add(sample);
  proposed_.reset();
}

// Logarithms over all candidates: features times weights drawn from their posterior.
Eigen::VectorXd ThompsonSearch::draw(const QuantityPrior& prior, const Eigen::MatrixXd& features,
                                     double SearchSample::*quantity) {
  Eigen::MatrixXd precision = Eigen::MatrixXd::Identity(features.cols(), features.cols());
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(features.cols());
  for (const SearchSample& sample : book_.pooled()) {
    const auto c = static_cast<Eigen::Index>(sample.candidate);
    const double weight = 1.0 / (sample.error * sample.error + kMisfit * kMisfit);
    precision += weight * features.row(c).transpose() * features.row(c);
    sum += weight * (std::log(sample.*quantity) - prior.mean[c]) * features.row(c).transpose();
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(precision);
  Eigen::VectorXd noise(features.cols());
  for (double& value : noise) value = draw_normal(random_);
  const Eigen::VectorXd weights = factor.solve(sum) + factor.matrixU().solve(noise);
  return prior.mean + features * weights;
}

std::optional<std::size_t> ThompsonSearch::propose() {
  if (book_.pooled().empty()) return problem_.space.start();
  if (proposed_) return proposed_;
  const Eigen::VectorXd seconds = draw(prior_.seconds, seconds_features_, &SearchSample::seconds);
  const Eigen::VectorXd joules = draw(prior_.joules, joules_features_, &SearchSample::joules);
  const auto is_better = [&](std::size_t a, std::size_t b) {
    const auto i = static_cast<Eigen::Index>(a);
    const auto j = static_cast<Eigen::Index>(b);
    if (problem_.limit_seconds) {
      const double limit = std::log(*problem_.limit_seconds);
      if ((seconds[i] <= limit) != (seconds[j] <= limit)) return seconds[i] <= limit;
      if (seconds[i] > limit) return seconds[i] < seconds[j];
    }
    return joules[i] < joules[j];
  };
  for (std::size_t c = 0; c < problem_.space.size(); ++c) {
    if (book_.has(c) || book_.is_ruled_out(c)) continue;
    if (!proposed_ || is_better(c, *proposed_)) proposed_ = c;
  }
  return proposed_;
}

}  // namespace flyball
