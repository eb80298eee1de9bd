#include "controllers/search/descent_search.h"

#include <algorithm>

namespace flyball {

namespace {

constexpr std::size_t kFirstDivisor = 4;  // of a knob's levels: the first step

}  // namespace

int DescentSearch::step_of(std::size_t knob, std::size_t divisor) const {
  return static_cast<int>(std::max<std::size_t>(1, space_.counts()[knob] / divisor));
}

// True if it is better there; the walk is there then.
bool DescentSearch::go(Walk& walk, std::optional<std::size_t> to) const {
  if (walk.wanted || !to) return false;
  const SearchSample* there = book_.find(*to);
  if (there == nullptr) {
    if (!book_.is_ruled_out(*to)) walk.wanted = to;
    return false;
  }
  if (!book_.is_better(*there, *book_.find(walk.here))) return false;
  walk.here = *to;
  return true;
}

bool DescentSearch::go_along(Walk& walk, std::size_t knob, int step) const {
  bool improved = false;
  while (go(walk, space_.moved(walk.here, knob, step))) improved = true;
  return improved;
}

// One knob a level down, another one up.
bool DescentSearch::trade(Walk& walk) const {
  for (std::size_t down = 0; down < space_.knob_count(); ++down) {
    const std::optional<std::size_t> lower = space_.moved(walk.here, down, -1);
    for (std::size_t up = 0; lower && up < space_.knob_count(); ++up) {
      if (up != down && go(walk, space_.moved(*lower, up, 1))) return true;
      if (walk.wanted) return false;
    }
  }
  return false;
}

bool DescentSearch::improve(Walk& walk, std::size_t divisor) const {
  bool improved = false;
  for (std::size_t knob = 0; knob < space_.knob_count() && !walk.wanted; ++knob) {
    const int step = step_of(knob, divisor);
    improved |= go_along(walk, knob, -step) || go_along(walk, knob, step);
  }
  return improved;
}

std::optional<std::size_t> DescentSearch::propose() {
  Walk walk{space_.start()};
  if (!book_.has(walk.here)) return walk.here;
  const std::size_t longest = std::ranges::max(space_.counts());
  for (std::size_t divisor = kFirstDivisor; !walk.wanted;) {
    if (improve(walk, divisor)) continue;
    if (divisor < longest) {
      divisor *= 2;
    } else if (!trade(walk)) {
      break;
    }
  }
  return walk.wanted;
}

}  // namespace flyball
