#include "controllers/search/gmd_search.h"

#include <algorithm>
#include <cmath>

namespace flyball {

namespace {

constexpr double kLeastCost = 0.002;  // in logarithms: below it nothing is measured

int half(int distance) { return (distance + 1) / 2; }

}  // namespace

GmdSearch::Ranges GmdSearch::whole() const {
  const std::vector<Level> highest = problem_.space.levels_of(problem_.space.start());
  Ranges ranges;
  for (std::size_t k = 0; k < highest.size(); ++k) {
    ranges.high.push_back(highest[k]);
    ranges.low.push_back(highest[k] + 1 - static_cast<int>(problem_.space.counts()[k]));
  }
  return ranges;
}

// Absent where nothing is left of the knob's range on that side.
std::optional<std::size_t> GmdSearch::half_way(const Ranges& ranges, std::size_t here,
                                               std::size_t knob, bool down) const {
  const int level = problem_.space.levels_of(here)[knob];
  const int move = down ? -half(level - ranges.low[knob]) : half(ranges.high[knob] - level);
  if (move == 0) return std::nullopt;
  return problem_.space.moved(here, knob, move);
}

// What a move gains for what it costs; at most 0: nothing.
double GmdSearch::gain(const SearchSample& here, const SearchSample& there, bool down) const {
  const double joules = std::log(here.joules / there.joules);
  const double seconds = std::log(here.seconds / there.seconds);
  if (down) {
    return book_.is_feasible(there) ? joules / std::max(-seconds, kLeastCost) : 0.0;
  }
  return seconds / std::max(-joules, kLeastCost);
}

// After a move the side that was left is gone; after none, all from there on.
void GmdSearch::narrow(Ranges& ranges, std::size_t knob, std::size_t here, std::size_t there,
                       bool down) const {
  const int level = problem_.space.levels_of(there)[knob];
  const bool moved = here == there;
  if (down) {
    (moved ? ranges.high : ranges.low)[knob] = moved ? level : level + 1;
  } else {
    (moved ? ranges.low : ranges.high)[knob] = moved ? level : level - 1;
  }
}

std::optional<std::size_t> GmdSearch::propose() {
  Ranges ranges = whole();
  std::size_t here = problem_.space.start();
  for (std::size_t k = 0; k < ranges.low.size(); ++k) {
    here = *problem_.space.moved(here, k, -(ranges.high[k] - ranges.low[k]) / 2);
  }
  while (true) {
    const SearchSample* now = book_.find(here);
    if (now == nullptr) return here;
    const bool down = book_.is_feasible(*now);
    std::optional<std::size_t> chosen;
    std::size_t chosen_knob = 0;
    double most = 0.0;
    for (std::size_t k = 0; k < ranges.low.size(); ++k) {
      const std::optional<std::size_t> there = half_way(ranges, here, k, down);
      if (!there) continue;
      const SearchSample* then = book_.find(*there);
      if (then == nullptr) return there;
      const double gained = gain(*now, *then, down);
      if (gained <= 0.0) narrow(ranges, k, here, *there, down);
      if (gained <= most) continue;
      chosen = there;
      chosen_knob = k;
      most = gained;
    }
    if (chosen) {
      here = *chosen;
      narrow(ranges, chosen_knob, here, here, down);
      continue;
    }
    bool is_left = false;
    for (std::size_t k = 0; k < ranges.low.size(); ++k) {
      is_left |= half_way(ranges, here, k, down).has_value();
    }
    if (!is_left) return std::nullopt;
  }
}

}  // namespace flyball
