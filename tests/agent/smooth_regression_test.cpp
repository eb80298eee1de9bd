#include "agent/smooth_regression.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "agent/cholesky.h"
#include "env/action_space.h"
#include "env/draw.h"

using namespace flyball;

namespace {

std::vector<Knob> two_knobs() {
  std::vector<Knob> knobs(2);
  knobs[0].name = "cpu";
  knobs[1].name = "gpu";
  for (int i = 0; i < 8; ++i) knobs[0].levels.push_back(2e8 * (i + 1));
  for (int i = 0; i < 10; ++i) knobs[1].levels.push_back(1e8 * (i + 1));
  return knobs;
}

// Seconds of a batch: work of the CPU, then of the GPU.
double seconds(std::uint32_t action) {
  const double cpu = 2e8 * static_cast<double>(action / 10 + 1);
  const double gpu = 1e8 * static_cast<double>(action % 10 + 1);
  return 4e7 / cpu + 3e8 / gpu;
}

// Rows with an observation each, of which the target takes `slope` times the first.
struct Log {
  std::vector<float> observations;
  std::vector<std::uint32_t> actions;
  std::vector<double> targets;
  std::vector<double> weights;

  RegressionRows rows() const { return {observations, actions, targets, weights}; }
};

Log draw_log(std::size_t count, double noise, double slope, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Log log;
  for (std::size_t i = 0; i < count; ++i) {
    const auto action = static_cast<std::uint32_t>(draw_index(random, 80));
    const double seen = draw_unit(random);
    double normal = -6.0;  // of twelve uniform numbers
    for (int k = 0; k < 12; ++k) normal += draw_unit(random);
    log.observations.push_back(static_cast<float>(seen));
    log.actions.push_back(action);
    log.targets.push_back(seconds(action) * std::exp(noise * normal) + slope * seen);
    log.weights.push_back(1.0);
  }
  return log;
}

double worst_error(const SmoothFit& fit) {
  double worst = 0.0;
  for (std::uint32_t a = 0; a < 80; ++a) {
    worst = std::max(worst, std::abs(fit.value(a) / seconds(a) - 1.0));
  }
  return worst;
}

}  // namespace

TEST_CASE("a factorised matrix solves its equations, and one that is not definite is said so") {
  std::vector<double> matrix = {4.0, 0.0, 2.0, 3.0};  // the lower triangle counts
  REQUIRE(factorise(matrix, 2));
  std::vector<double> right = {8.0, 7.0};
  solve_lower(matrix, right);
  solve_upper(matrix, right);
  CHECK(right[0] == doctest::Approx(1.25));
  CHECK(right[1] == doctest::Approx(1.5));
  std::vector<double> indefinite = {1.0, 0.0, 2.0, 1.0};
  CHECK_FALSE(factorise(indefinite, 2));
}

TEST_CASE("a smooth surface is found from few noisy rows, and the noise with it") {
  const Log log = draw_log(400, 0.02, 0.0, 1);
  const SmoothFit fit = fit_smooth(log.rows(), two_knobs(), {}, {5});
  CHECK(fit.logarithmic);
  CHECK_FALSE(fit.form.with_observation);
  CHECK(worst_error(fit) < 0.06);
  CHECK(fit.noise == doctest::Approx(0.02).epsilon(0.15));
  CHECK(fit.held_out == doctest::Approx(0.02).epsilon(0.25));
}

TEST_CASE("a polynomial is not fitted to a higher degree than it has where noise is large") {
  const Log log = draw_log(60, 0.3, 0.0, 2);
  const SmoothFit fit = fit_smooth(log.rows(), two_knobs(), {}, {5});
  CHECK(fit.held_out < 0.45);  // thirty coefficients of sixty rows would add as much again
  CHECK(worst_error(fit) < 1.0);
}

TEST_CASE("nineteen of twenty true values lie below what is said with 95 %") {
  std::size_t below = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Log log = draw_log(150, 0.03, 0.0, seed);
    const SmoothFit fit = fit_smooth(log.rows(), two_knobs(), {}, {5});
    for (std::uint32_t a = 0; a < 80; ++a) {
      below += seconds(a) <= fit.value(a, 1.645) ? 1 : 0;
      ++all;
    }
  }
  const double share = static_cast<double>(below) / static_cast<double>(all);
  CHECK(share > 0.9);
  CHECK(share < 0.995);
}

TEST_CASE("what was tried often is known better than what was not") {
  Log log = draw_log(100, 0.05, 0.0, 3);
  for (int i = 0; i < 200; ++i) {
    log.observations.push_back(0.5F);
    log.actions.push_back(79);
    log.targets.push_back(seconds(79) * (i % 2 == 0 ? 1.05 : 0.95));
    log.weights.push_back(1.0);
  }
  const SmoothFit fit = fit_smooth(log.rows(), two_knobs(), {}, {4});
  CHECK(fit.deviations[79] < 0.5 * fit.deviations[0]);
}

TEST_CASE("an observation counts where it tells something, and only there") {
  const Log log = draw_log(600, 0.01, 8.0, 4);
  const SmoothFit fit = fit_smooth(log.rows(), two_knobs(), {}, {4, false});
  CHECK_FALSE(fit.logarithmic);
  REQUIRE(fit.form.with_observation);
  double slope = 0.0;
  for (std::size_t f = 0; f < fit.bias.size(); ++f) {
    slope += fit.weights[f] * static_cast<double>(fit.phi.values[45 * fit.phi.shape[1] + f]);
  }
  CHECK(slope == doctest::Approx(8.0).epsilon(0.05));
}

TEST_CASE("a target of 0 keeps all targets as they are") {
  Log log = draw_log(50, 0.0, 0.0, 5);
  log.targets.front() = 0.0;
  CHECK_FALSE(fit_smooth(log.rows(), two_knobs(), {}, {2}).logarithmic);
  CHECK_THROWS_AS(fit_smooth({{}, std::span(log.actions).first(1), log.targets, log.weights},
                             two_knobs(), {}, {2}),
                  std::invalid_argument);
}
