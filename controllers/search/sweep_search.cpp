#include "controllers/search/sweep_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flyball {

namespace {

constexpr double kReach = 0.7;        // of the fit, in logarithms: half the clock
constexpr double kPromising = 0.1;    // above the best one's energy, in logarithms
constexpr std::size_t kFarEvery = 4;  // samples
// So much above everything that is predicted to keep the limit, in logarithms.
constexpr double kOver = 10.0;
constexpr double kRuledOut = 100.0;

}  // namespace

// The start, then of each knob alone the middle and the lowest quarter.
std::optional<std::size_t> SweepSearch::scaffold() const {
  const SearchSpace& space = problem_.space;
  if (!book_.has(space.start())) return space.start();
  for (const std::size_t part : {2U, 4U}) {
    for (std::size_t k = 0; k < space.knob_count(); ++k) {
      const std::size_t count = space.counts()[k];
      const auto down = static_cast<int>(count - 1 - (count - 1) / part);
      const std::optional<std::size_t> there = space.moved(space.start(), k, -down);
      if (there && !book_.has(*there) && !book_.is_ruled_out(*there)) return there;
    }
  }
  return std::nullopt;
}

double SweepSearch::farness(std::size_t candidate) const {
  double least = std::numeric_limits<double>::infinity();
  for (const SearchSample& sample : book_.pooled()) {
    least = std::min(least, problem_.space.distance(candidate, sample.candidate));
  }
  return least;
}

// Predicted energy, in logarithms; more for what is predicted over the limit.
double SweepSearch::score(std::size_t candidate, const LocalFit& fit) const {
  const auto nearest = std::ranges::min_element(book_.pooled(), {}, [&](const auto& sample) {
    return problem_.space.distance(candidate, sample.candidate);
  });
  const auto moved = [&](double measured, auto predict) {
    return std::log(measured) + (fit.*predict)(candidate) - (fit.*predict)(nearest->candidate);
  };
  const double joules = moved(nearest->joules, &LocalFit::log_joules);
  if (!problem_.limit_seconds) return joules;
  const double over =
      moved(nearest->seconds, &LocalFit::log_seconds) - std::log(*problem_.limit_seconds);
  if (book_.is_ruled_out(candidate)) return joules + kRuledOut;
  return over > 0.0 ? joules + kOver + over : joules;
}

std::optional<std::size_t> SweepSearch::propose() {
  if (const std::optional<std::size_t> first = scaffold()) return first;
  const std::size_t best = *book_.best();
  const LocalFit fit(problem_.space, book_.pooled(), best, kReach);
  const bool goes_far = book_.pooled().size() % kFarEvery == 0;
  const double promising = std::log(book_.find(best)->joules) + kPromising;
  std::optional<std::size_t> next;
  double least = 0.0;
  for (std::size_t c = 0; c < problem_.space.size(); ++c) {
    if (book_.has(c)) continue;
    double there = score(c, fit);
    if (goes_far && there < promising) there = -kRuledOut - farness(c);
    if (next && there >= least) continue;
    next = c;
    least = there;
  }
  return next;
}

}  // namespace flyball
