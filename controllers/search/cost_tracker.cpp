#include "controllers/search/cost_tracker.h"

#include <cmath>
#include <limits>

namespace flyball {

namespace {

// A whole draw goes on exploring settings that are a little dearer for longer than it pays.
constexpr double kSpread = 0.5;

}  // namespace

CostTracker::CostTracker(const SearchProblem& problem, std::uint64_t seed)
    : problem_(problem),
      prior_(problem.prior.is_empty() ? generic_prior(problem.space) : problem.prior),
      seconds_(problem.space, prior_.seconds, &SearchSample::seconds),
      joules_(problem.space, prior_.joules, &SearchSample::joules),
      book_(problem),
      random_(seed) {}

// What was measured is known better than any surface says.
std::size_t CostTracker::choose(const CostWeights& weights) {
  if (book_.pooled().empty()) return problem_.space.start();
  const Eigen::VectorXd seconds = seconds_.draw(book_.pooled(), random_, kSpread);
  const Eigen::VectorXd joules = joules_.draw(book_.pooled(), random_, kSpread);
  std::size_t best = problem_.space.start();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < problem_.space.size(); ++c) {
    const auto i = static_cast<Eigen::Index>(c);
    const SearchSample* known = book_.find(c);
    const double cost = known ? weights.of(known->joules, known->seconds)
                              : weights.of(std::exp(joules[i]), std::exp(seconds[i]));
    if (cost < least) {
      least = cost;
      best = c;
    }
  }
  return best;
}

}  // namespace flyball
