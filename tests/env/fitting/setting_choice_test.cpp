#include "env/fitting/setting_choice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "env/fitting/fit_validation.h"
#include "tests/support/sample_sweep.h"

using namespace flyball;

namespace {

constexpr ResidualKind kResidual = ResidualKind::kGaussianProcess;

std::vector<Measurement> every(const Measurements& set, std::size_t step) {
  std::vector<Measurement> rows;
  for (std::size_t i = 0; i < set.rows.size(); i += step) rows.push_back(set.rows[i]);
  return rows;
}

}  // namespace

TEST_CASE("over many noisy draws the choice is no worse than the drawn row that measured best") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  DrawOptions options;
  options.train_rows = 16;
  options.repeats = 20;
  for (const double noise : {0.0, 0.02, 0.05}) {
    CAPTURE(noise);
    options.noise = noise;
    double chosen = 0.0;
    double sampled = 0.0;
    for (const Draw& draw : draw_and_fit(set, options, nullptr)) {
      REQUIRE(draw.regret);
      REQUIRE(draw.sampled_regret);
      chosen += *draw.regret / 20;
      sampled += *draw.sampled_regret / 20;
    }
    CHECK(chosen <= sampled + 0.005);
  }
}

TEST_CASE("what is believed of a setting is surer where it was measured") {
  const Measurements set = sample_sweep(sample_board().board, 0.01);
  const std::vector<Measurement> rows = every(set, 5);
  const Fit fit = fit_rows(set, rows, kResidual);
  const SettingModel model(set, rows, fit, kResidual);
  double measured = 0.0;
  double other = 0.0;
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    const double deviation = model.belief(set.rows[i]).joules.deviation;
    (i % 5 == 0 ? measured : other) += deviation / (i % 5 == 0 ? 1.0 : 4.0);
  }
  CHECK(measured < other);
}

TEST_CASE("a limit holds with a margin, and one that nothing keeps leaves no choice") {
  const Measurements set = sample_sweep(sample_board().board, 0.02);
  const std::vector<Measurement> rows = every(set, 4);
  const Fit fit = fit_rows(set, rows, kResidual);
  const SettingModel model(set, rows, fit, kResidual);
  double least = set.rows.front().seconds;
  for (const Measurement& row : set.rows) least = std::min(least, row.seconds);
  const double limit = 1.3 * least;
  const SettingChoice choice = choose_setting(model, set.rows, rows, limit);
  REQUIRE(choice.chosen);
  CHECK(std::exp(choice.chosen->belief.seconds.mean) < limit);
  CHECK(choice.chosen->setting.seconds < limit);
  CHECK_FALSE(choose_setting(model, set.rows, rows, 0.5 * least).chosen);
}

TEST_CASE("the grid of what was measured holds every combination and nothing beyond") {
  Measurements set = sample_sweep(sample_board().board, 0.0);
  const std::size_t whole = set.rows.size();
  set.rows = every(set, 5);
  CHECK(measured_grid(set).size() == whole);
}

TEST_CASE("a measured row outweighs what smooth predictors say of it, as far as it is not noise") {
  Measurements set = sample_sweep(sample_board().board, 0.0);
  const std::vector<Measurement> smooth = set.rows;
  const Fit fit = fit_rows(set, smooth, kResidual);
  const SettingModel model(set, smooth, fit, kResidual);
  const SettingChoice before = choose_setting(model, smooth, smooth, std::nullopt);
  REQUIRE(before.chosen);
  CHECK(model.noise() > 0.0);
  // Another row, a little cheaper than the best: the models were not told.
  std::vector<Measurement> told = smooth;
  Measurement& other = told.front();
  REQUIRE(other.line != before.chosen->setting.line);
  const double target = std::exp(before.chosen->belief.joules.mean) * other.batch();
  other.watts = 0.97 * target / other.seconds;
  const SettingChoice after = choose_setting(model, smooth, told, std::nullopt);
  REQUIRE(after.chosen);
  CHECK(after.chosen->setting.line == other.line);
  CHECK(after.is_sampled);
}
