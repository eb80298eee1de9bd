#include "controllers/search/gradient_search.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kFirstStep = 0.4;  // two thirds of a clock
constexpr double kShortestStep = 0.02;
constexpr double kReach = 0.4;         // of the predictor
constexpr double kBoundMargin = 1.05;  // of the limit, that the bound may come to

}  // namespace

void GradientSearch::observe(const SearchSample& sample) {
  const std::optional<std::size_t> before = book_.best();
  book_.add(sample);
  if (!before) {
    step_ = kFirstStep;
  } else if (book_.best() == before) {
    step_ = std::max(0.5 * step_, kShortestStep);
  }
}

bool GradientSearch::is_safe(std::size_t candidate) const {
  if (!problem_.limit_seconds) return true;
  return std::ranges::any_of(book_.pooled(), [&](const SearchSample& sample) {
    const double bound =
        sample.seconds * problem_.space.slowdown_bound(sample.candidate, candidate);
    return bound <= kBoundMargin * *problem_.limit_seconds;
  });
}

// The candidate within the step whose predicted energy is least. A level is always within it.
std::optional<std::size_t> GradientSearch::steepest(std::size_t here, double step) const {
  const SearchSpace& space = problem_.space;
  const LocalFit fit(space, book_.pooled(), here, kReach);
  const std::vector<Level> levels = space.levels_of(here);
  const auto is_near = [&](std::size_t candidate) {
    const std::vector<Level> there = space.levels_of(candidate);
    for (std::size_t k = 0; k < space.knob_count(); ++k) {
      const int moved = std::abs(there[k] - levels[k]);
      const bool is_short = std::abs(space.logs(candidate)[k] - space.logs(here)[k]) <= step;
      if (moved > 1 && !is_short) return false;
    }
    return true;
  };
  std::optional<std::size_t> next;
  for (std::size_t c = 0; c < space.size(); ++c) {
    if (book_.has(c) || !is_near(c) || book_.is_ruled_out(c) || !is_safe(c)) continue;
    const bool keeps =
        !problem_.limit_seconds || fit.log_seconds(c) <= std::log(*problem_.limit_seconds);
    if (keeps && (!next || fit.log_joules(c) < fit.log_joules(*next))) next = c;
  }
  return next;
}

std::optional<std::size_t> GradientSearch::propose() {
  const std::optional<std::size_t> here = book_.best();
  if (!here) return problem_.space.start();
  return steepest(*here, step_);
}

}  // namespace flyball
