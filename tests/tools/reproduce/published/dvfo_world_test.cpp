#include "tools/reproduce/published/dvfo_world.h"

#include <doctest/doctest.h>

using namespace flyball;
using doctest::Approx;

namespace {

const DvfoCell& small_pictures() { return dvfo_cells().back(); }

Scenario scenario_at(const DvfoCell& cell, DvfoSends sends, double bits_per_second) {
  return dvfo_scenario(cell, sends, ConstantBandwidth{bits_per_second}, 4);
}

}  // namespace

TEST_CASE("sending more over a slower link takes as much longer as the bytes do") {
  const DvfoCell& cell = small_pictures();
  const auto seconds = [&](double bits) {
    return under_stock(scenario_at(cell, DvfoSends::kFeatures, bits), 1.0).seconds;
  };
  const double bytes = cell.feature_bytes + OffloadWork{}.header_bytes;
  CHECK(seconds(1e6) - seconds(4e6) == Approx(8.0 * bytes * (1e-6 - 0.25e-6)).epsilon(0.02));
}

TEST_CASE("features of large pictures never pay over five megabits, and a JPEG beats them") {
  const DvfoCell& cell = dvfo_cells().front();
  const DvfoCost edge = under_stock(scenario_at(cell, DvfoSends::kFeatures, 5e6), 0.0);
  const DvfoCost features = under_stock(scenario_at(cell, DvfoSends::kFeatures, 5e6), 1.0);
  const DvfoCost jpeg = under_stock(scenario_at(cell, DvfoSends::kJpeg, 5e6), 1.0);
  CHECK(weighted(edge, edge, 0.5) == Approx(1.0));
  CHECK(weighted(features, edge, 0.5) > 2.0);
  CHECK(weighted(jpeg, edge, 0.5) < weighted(features, edge, 0.5));
}

TEST_CASE("the cheapest of all settings is no dearer than the cheapest of fewer knobs") {
  Scenario scenario = scenario_at(small_pictures(), DvfoSends::kFeatures, 5e6);
  scenario.control.offload_levels = {0.0, 1.0};
  const DvfoCost edge = under_stock(scenario, 0.0);
  const auto shares = dvfo_sweep(scenario, {kOffloadKnob}, 1);
  REQUIRE(shares.size() == 2);
  const auto both = dvfo_sweep(scenario, {"gpu", kOffloadKnob}, 1);
  CHECK(both.size() == 20);
  for (const double eta : {0.0, 0.5, 1.0}) {
    CHECK(weighted(cheapest(both, edge, eta).cost, edge, eta) <=
          weighted(cheapest(shares, edge, eta).cost, edge, eta) * 1.02);
  }
}
