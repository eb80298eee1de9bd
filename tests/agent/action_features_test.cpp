#include "agent/action_features.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace flyball;

namespace {

std::vector<Knob> two_knobs() {
  return {{.name = "cpu", .levels = {1e8, 2e8, 4e8, 8e8}, .domains = {0}},
          {.name = "gpu", .levels = {1e8, 3e8, 9e8}, .domains = {1}}};
}

double product(const Tensor& phi, std::size_t a, std::size_t b,
               const std::vector<std::uint8_t>& support) {
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t action = 0; action < phi.shape[0]; ++action) {
    if (!support.empty() && support[action] == 0) continue;
    sum += static_cast<double>(phi.values[action * phi.shape[1] + a]) *
           static_cast<double>(phi.values[action * phi.shape[1] + b]);
    count += 1.0;
  }
  return sum / count;
}

}  // namespace

TEST_CASE("the columns are orthonormal over the supported actions") {
  for (const std::vector<std::uint8_t>& support :
       {std::vector<std::uint8_t>{},
        std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1}}) {
    const Tensor phi = action_features(two_knobs(), 2, support);
    REQUIRE(phi.shape == std::vector<std::size_t>{12, 6});  // 1 x y x2 xy y2
    for (std::size_t a = 0; a < 6; ++a) {
      for (std::size_t b = 0; b < 6; ++b) {
        CHECK(product(phi, a, b, support) == doctest::Approx(a == b ? 1.0 : 0.0).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("columns that the supported actions cannot tell apart are left out") {
  // Only the lowest CPU level is supported: nothing but powers of the GPU's level remains.
  const std::vector<std::uint8_t> support{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(action_features(two_knobs(), 3, support).shape[1] == 3);
}

TEST_CASE("a degree out of range and an empty support are refused") {
  CHECK_THROWS_WITH_AS(action_features(two_knobs(), 9, {}), "network.degree = 9: must be in [1, 6]",
                       std::invalid_argument);
  CHECK_THROWS_AS(action_features(two_knobs(), 2, std::vector<std::uint8_t>(12, 0)),
                  std::invalid_argument);
}

TEST_CASE("a share counts as it is, from nothing on, and not by its logarithm") {
  const std::vector<Knob> share = {
      {.name = kOffloadKnob, .levels = {0.0, 0.5, 1.0}, .domains = {}}};
  const Tensor phi = action_features(share, 1, {});
  REQUIRE(phi.shape == std::vector<std::size_t>{3, 2});
  CHECK(phi.values[1] == doctest::Approx(-phi.values[5]));
  CHECK(phi.values[3] == doctest::Approx(0.0));
}
