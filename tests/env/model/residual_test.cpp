#include "env/model/residual.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

// Two inputs over GPU clock and batch.
Residual two_inputs() {
  Residual residual;
  residual.knobs = {FitKnob::kGpu, FitKnob::kBatch};
  residual.inputs = {{1e8, 1.0}, {4e8, 8.0}};
  residual.time = {{0.5, 2.0}, 0.1, {3.0, -1.0}};
  residual.energy = {{1.0, 1.0}, 0.0, {1.0, 1.0}};
  return residual;
}

template <typename Change>
std::string complaint(Change change) {
  Residual residual = two_inputs();
  change(residual);
  return error_text([&] { validate(residual); });
}

double time_correction(const Residual& residual, double hertz, double batch) {
  return correction(residual, residual.time, std::vector<double>{hertz, batch});
}

}  // namespace

TEST_CASE("the kernel is 1 at no distance, falls with it and vanishes far away") {
  CHECK(matern32(0.0) == 1.0);
  CHECK(matern32(1.0) == Approx((1.0 + std::sqrt(3.0)) * std::exp(-std::sqrt(3.0))));
  double last = 1.0;
  for (double distance = 0.125; distance < 20.0; distance *= 2.0) {
    CHECK(matern32(distance) < last);
    last = matern32(distance);
  }
  CHECK(matern32(100.0) < 1e-60);
}

TEST_CASE("at an input its own weight counts whole, times the variance") {
  Residual residual = two_inputs();
  residual.time.weights[1] = 0.0;
  CHECK(time_correction(residual, 1e8, 1.0) == Approx(0.01 * 3.0));
}

TEST_CASE("a step counts by its logarithm over the knob's length") {
  Residual residual = two_inputs();
  residual.time.weights = {1.0, 0.0};
  const double step = std::log(2.0) / 0.5;
  CHECK(time_correction(residual, 2e8, 1.0) == Approx(0.01 * matern32(step)));
  CHECK(time_correction(residual, 0.5e8, 1.0) == Approx(time_correction(residual, 2e8, 1.0)));
  const double other = std::log(4.0) / 2.0;
  CHECK(time_correction(residual, 1e8, 4.0) == Approx(0.01 * matern32(other)));
  CHECK(time_correction(residual, 2e8, 4.0) ==
        Approx(0.01 * matern32(std::sqrt(step * step + other * other))));
}

TEST_CASE("inputs add up, and far from all of them nothing is corrected") {
  Residual residual = two_inputs();
  const double both = time_correction(residual, 2e8, 2.0);
  residual.time.weights = {3.0, 0.0};
  const double first = time_correction(residual, 2e8, 2.0);
  residual.time.weights = {0.0, -1.0};
  CHECK(both == Approx(first + time_correction(residual, 2e8, 2.0)));
  CHECK(std::abs(time_correction(two_inputs(), 1e30, 1.0)) < 1e-12);
}

TEST_CASE("without inputs or deviation there is no correction") {
  Residual residual = two_inputs();
  CHECK(correction(residual, residual.energy, std::vector<double>{1e8, 1.0}) == 0.0);
  residual.inputs.clear();
  CHECK(time_correction(residual, 1e8, 1.0) == 0.0);
}

TEST_CASE("no correction, and one that is whole, are valid") {
  CHECK_NOTHROW(validate(Residual()));
  CHECK(complaint([](Residual&) {}) == "no error");
  CHECK(complaint([](Residual& r) {
          r.inputs.clear();
          r.time.weights.clear();
          r.energy.weights.clear();
        }) == "no error");
}

TEST_CASE("inputs of another width than the knobs are refused by their number") {
  CHECK(complaint([](Residual& r) { r.inputs[1].pop_back(); }) ==
        "residual.inputs[1]: 1 values for 2 knobs");
  CHECK(complaint([](Residual& r) { r.inputs[0].push_back(1.0); }) ==
        "residual.inputs[0]: 3 values for 2 knobs");
  CHECK(complaint([](Residual& r) { r.knobs.clear(); }) ==
        "residual.inputs[0]: 2 values for 0 knobs");
}

TEST_CASE("values that have no logarithm are refused") {
  CHECK(complaint([](Residual& r) { r.inputs[1][0] = 0.0; }) ==
        "residual.inputs[1] = 0: must be > 0");
  CHECK(complaint([](Residual& r) { r.inputs[0][1] = -1.5; }) ==
        "residual.inputs[0] = -1.5: must be > 0");
  CHECK(complaint([](Residual& r) { r.inputs[0][1] = std::nan(""); }) ==
        "residual.inputs[0] = nan: must be > 0");
}

TEST_CASE("lengths, deviation and weights of either output are refused by their key") {
  CHECK(complaint([](Residual& r) { r.time.lengths.pop_back(); }) ==
        "residual.time.lengths: 1 values for 2 knobs");
  CHECK(complaint([](Residual& r) { r.energy.lengths[1] = 0.0; }) ==
        "residual.energy.lengths[1] = 0: must be > 0");
  CHECK(complaint([](Residual& r) { r.time.lengths[0] = std::nan(""); }) ==
        "residual.time.lengths[0] = nan: must be > 0");
  CHECK(complaint([](Residual& r) { r.time.deviation = -0.5; }) ==
        "residual.time.deviation = -0.5: must be >= 0");
  CHECK(complaint([](Residual& r) { r.energy.weights.push_back(1.0); }) ==
        "residual.energy.weights: 3 values for 2 inputs");
  CHECK_THROWS_AS(validate(Residual{{FitKnob::kCpu}, {}, {}, {}}), std::invalid_argument);
}

TEST_CASE("knobs have the names that files use") {
  CHECK(to_string(FitKnob::kCpu) == std::string("cpu"));
  CHECK(to_string(FitKnob::kGpu) == std::string("gpu"));
  CHECK(to_string(FitKnob::kEmc) == std::string("emc"));
  CHECK(to_string(FitKnob::kBatch) == std::string("batch"));
}
