// A workload with a known answer over three clocks, and a search run on it without a plant.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "controllers/search/normal.h"
#include "controllers/search/search.h"

namespace flyball {

// Shares of the time at the highest clocks; they add up to 1.
struct ToyShares {
  double cpu = 0.1;
  double gpu = 0.75;
  double emc = 0.15;
};

inline SearchSpace toy_space() {
  std::vector<Knob> knobs = {{"cpu", {}, {0}}, {"gpu", {}, {1}}, {"emc", {4e8, 8e8, 16e8}, {2}}};
  for (int i = 1; i <= 8; ++i) knobs[0].levels.push_back(i * 2.5e8);
  for (int i = 1; i <= 10; ++i) knobs[1].levels.push_back(i * 1e8);
  return {std::move(knobs), {{0, 7}, {0, 9}, {0, 2}}};
}

inline double toy_seconds(const SearchSpace& space, std::size_t c, const ToyShares& shares = {}) {
  return shares.cpu * 2e9 / space.value(c, 0) + shares.gpu * 1e9 / space.value(c, 1) +
         shares.emc * 16e8 / space.value(c, 2);
}

inline double toy_joules(const SearchSpace& space, std::size_t c, const ToyShares& shares = {}) {
  const double watts = 4.0 + 3.0 * std::pow(space.value(c, 0) / 2e9, 2.0) +
                       10.0 * std::pow(space.value(c, 1) / 1e9, 2.2) +
                       2.0 * space.value(c, 2) / 16e8;
  return watts * toy_seconds(space, c, shares);
}

inline SearchProblem toy_problem(double limit_seconds) { return {toy_space(), limit_seconds, {}}; }

inline WorkloadSurface toy_surface(const SearchSpace& space, const ToyShares& shares) {
  WorkloadSurface surface;
  for (std::size_t c = 0; c < space.size(); ++c) {
    surface.seconds.push_back(toy_seconds(space, c, shares));
    surface.joules.push_back(toy_joules(space, c, shares));
  }
  return surface;
}

// The least energy within the limit.
inline double toy_optimum(const SearchProblem& problem) {
  double least = 1e99;
  for (std::size_t c = 0; c < problem.space.size(); ++c) {
    if (toy_seconds(problem.space, c) <= *problem.limit_seconds) {
      least = std::min(least, toy_joules(problem.space, c));
    }
  }
  return least;
}

struct ToyRun {
  std::vector<std::size_t> tried;
  double worst = 0.0;  // latency over the limit, of those tried
  double gap = 0.0;    // of the final choice's energy, above the optimum
  bool keeps = false;  // the final choice the limit
};

inline ToyRun run_toy(const SearchProblem& problem, Search& search, std::size_t samples,
                      double noise = 0.0, std::uint64_t seed = 1) {
  ToyRun run;
  std::mt19937_64 random(seed);
  while (run.tried.size() < samples) {
    const std::optional<std::size_t> next = search.propose();
    if (!next) break;
    run.tried.push_back(*next);
    const double seconds = toy_seconds(problem.space, *next);
    run.worst = std::max(run.worst, seconds / *problem.limit_seconds);
    search.observe({*next, seconds * (1.0 + noise * draw_normal(random)),
                    toy_joules(problem.space, *next) * (1.0 + noise * draw_normal(random)),
                    std::max(noise, 0.001)});
  }
  const std::size_t best = search.best().value_or(problem.space.start());
  run.gap = toy_joules(problem.space, best) / toy_optimum(problem) - 1.0;
  run.keeps = toy_seconds(problem.space, best) <= *problem.limit_seconds;
  return run;
}

}  // namespace flyball
