#include "tools/reproduce/published/bofl_bandit.h"

#include <doctest/doctest.h>

#include "env/errors.h"
#include "tests/support/sample_sweep.h"

using namespace flyball;

TEST_CASE(
    "of a third of all settings tried once each, least squares finds a good one inside the limit") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  const BanditConfig config{set.rows.size() / 3, 0.015, 1.4};
  double regret = 0.0;
  double best_tried = 0.0;
  std::size_t kept = 0;
  constexpr std::size_t kDraws = 20;
  for (std::uint64_t seed = 1; seed <= kDraws; ++seed) {
    const BanditDraw draw = draw_bandit(set, config, seed);
    regret += draw.regret / kDraws;
    best_tried += draw.best_tried / kDraws;
    kept += draw.excess <= 0.0 ? 1 : 0;
    CHECK(draw.best_tried >= 0.0);
  }
  CHECK(regret < 0.02);
  CHECK(regret < best_tried);
  CHECK(kept >= kDraws - 1);
  const BanditDraw again = draw_bandit(set, config, 1);
  CHECK(again.regret == draw_bandit(set, config, 1).regret);
}

TEST_CASE("a table with holes is refused") {
  Measurements set = sample_sweep(sample_board().board, 0.0);
  set.rows.pop_back();
  CHECK_THROWS_AS(draw_bandit(set, {}, 1), DataError);
}
