#include "controllers/search/thompson_search.h"

#include <cmath>

namespace flyball {

ThompsonSearch::ThompsonSearch(const SearchProblem& problem, std::uint64_t seed)
    : problem_(problem),
      prior_(problem.prior.is_empty() ? generic_prior(problem.space) : problem.prior),
      seconds_(problem.space, prior_.seconds, &SearchSample::seconds),
      joules_(problem.space, prior_.joules, &SearchSample::joules),
      book_(problem),
      random_(seed) {}

void ThompsonSearch::observe(const SearchSample& sample) {
  book_.add(sample);
  proposed_.reset();
}

std::optional<std::size_t> ThompsonSearch::propose() {
  if (book_.pooled().empty()) return problem_.space.start();
  if (proposed_) return proposed_;
  const Eigen::VectorXd seconds = seconds_.draw(book_.pooled(), random_);
  const Eigen::VectorXd joules = joules_.draw(book_.pooled(), random_);
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
