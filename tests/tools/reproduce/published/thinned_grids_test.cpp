#include "tools/reproduce/published/thinned_grids.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/sample_sweep.h"

using namespace flyball;

TEST_CASE("a thinned grid keeps every n-th level from the highest down") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  const std::vector<double> gpu = levels_of(set, FitKnob::kGpu);
  const Measurements thin = thinned(set, {{FitKnob::kGpu, 2}, {FitKnob::kCpu, 0}});
  std::vector<double> expected;
  for (std::size_t i = (gpu.size() - 1) % 2; i < gpu.size(); i += 2) expected.push_back(gpu[i]);
  CHECK(levels_of(thin, FitKnob::kGpu) == expected);
  CHECK(levels_of(thin, FitKnob::kCpu) ==
        std::vector<double>{levels_of(set, FitKnob::kCpu).back()});
  CHECK(std::count(thin.varied.begin(), thin.varied.end(), FitKnob::kCpu) == 0);
  CHECK(std::count(thin.held.begin(), thin.held.end(), FitKnob::kCpu) == 1);
  CHECK(std::count(thin.varied.begin(), thin.varied.end(), FitKnob::kGpu) == 1);
}

TEST_CASE("every noise has a row, and the worst kind one of its own") {
  const Measurements set = sample_sweep(sample_board().board, 0.0);
  std::vector<std::string> seen;
  ReproductionTable table("thin");
  add_thinned_grids(
      {{"whole", set}, {"few", thinned(set, {{FitKnob::kGpu, 2}})}},
      [&](const std::string& grid) { seen.push_back(grid); }, table);
  CHECK(seen == std::vector<std::string>{"whole", "few"});
  REQUIRE(table.rows().size() == 7);
  const ReproductionRow& shown = table.rows()[2];
  const ReproductionRow& judged = table.rows()[3];
  CHECK(judged.published == doctest::Approx(shown.ours + 0.5));
  CHECK(shown.ours > table.rows()[0].ours);  // noise hides the best row
  const ReproductionRow& worst = table.rows().back();
  CHECK(worst.name.find("whole") + worst.name.find("few") != 2 * std::string::npos);
  CHECK(worst.holds == (worst.ours <= 0.5));
}
