#include "agent/networks/fused_conservative.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "agent/action_features.h"
#include "env/draw.h"

using namespace flyball;

namespace {

constexpr std::size_t kLevels = 4;
constexpr std::size_t kActions = kLevels * kLevels;
constexpr std::size_t kRows = 3;

QNetworkShape joint_shape() {
  QNetworkShape shape;
  shape.observation_size = 2;
  shape.action_count = kActions;
  return shape;
}

QNetworkShape branching_shape() {
  QNetworkShape shape = joint_shape();
  shape.branches = {kLevels, kLevels};
  return shape;
}

QNetworkShape smooth_shape() {
  const std::vector<double> table = {1e8, 2e8, 3e8, 5e8};
  const std::vector<Knob> knobs = {{.name = "cpu", .levels = table, .domains = {0}},
                                   {.name = "gpu", .levels = table, .domains = {1}}};
  QNetworkShape shape = joint_shape();
  shape.phi = action_features(knobs, 3, {});
  return shape;
}

// An action's value of one row's z, as FusedHead says what the head means.
double value_of(const FusedHead& head, const float* z, std::size_t action) {
  double value = 0.0;
  if (head.is_smooth()) {
    for (std::size_t c = 0; c < head.outputs(); ++c) {
      value += static_cast<double>(z[c]) * static_cast<double>(head.phi(action)[c]);
    }
    return value;
  }
  for (const std::uint32_t c : head.components(action)) value += static_cast<double>(z[c]);
  return value / static_cast<double>(head.terms());
}

// logsumexp over the supported a of -q(s, a).
double penalty(const FusedHead& head, const float* z) {
  const std::vector<std::uint8_t>& support = head.shape().support;
  double sum = 0.0;
  for (std::size_t a = 0; a < kActions; ++a) {
    if (support.empty() || support[a] != 0) sum += std::exp(-value_of(head, z, a));
  }
  return std::log(sum);
}

std::vector<float> random_z(std::size_t size) {
  std::mt19937_64 random(5);
  std::vector<float> z(size);
  for (float& value : z) value = static_cast<float>(4.0 * draw_unit(random) - 2.0);
  return z;
}

std::vector<float> gradient_of(const FusedModel& model, std::vector<float> z, float factor) {
  std::vector<float> values(kRows * kActions);
  std::vector<float> gradient(z.size(), 7.0F);
  conservative_gradient(model, {kRows, factor, z.data(), values.data(), gradient.data()});
  return gradient;
}

// Held against the difference of the penalty on both sides of each output.
void check_gradient(const QNetworkShape& shape) {
  QNetworkConfig config;
  config.hidden = {4};
  config.cql_alpha = 0.3;
  const FusedModel model(shape, config, 1, best_kernels());
  const FusedHead& head = model.head();
  const std::vector<float> z = random_z(kRows * head.outputs());
  const float factor = -0.3F / static_cast<float>(kRows);
  const std::vector<float> gradient = gradient_of(model, z, factor);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t c = 0; c < head.outputs(); ++c) {
      constexpr float kStep = 1.0F / 64.0F;
      std::vector<float> above(z.begin() + static_cast<std::ptrdiff_t>(row * head.outputs()),
                               z.begin() + static_cast<std::ptrdiff_t>((row + 1) * head.outputs()));
      std::vector<float> below = above;
      above[c] += kStep;
      below[c] -= kStep;
      const double slope = (penalty(head, above.data()) - penalty(head, below.data())) /
                           (2.0 * static_cast<double>(kStep));
      CAPTURE(row);
      CAPTURE(c);
      CHECK(static_cast<double>(gradient[row * head.outputs() + c]) ==
            doctest::Approx(0.3 / kRows * slope).epsilon(5e-3).scale(1e-3));
    }
  }
}

std::vector<std::uint8_t> every_other() {
  std::vector<std::uint8_t> support(kActions);
  for (std::size_t a = 0; a < kActions; ++a) support[a] = a % 2 == 0 ? 1 : 0;
  return support;
}

}  // namespace

TEST_CASE("the penalty's gradient is its slope, on every head and over the supported alone") {
  for (QNetworkShape shape : {joint_shape(), branching_shape(), smooth_shape()}) {
    check_gradient(shape);
    shape.support = every_other();
    check_gradient(shape);
  }
}

TEST_CASE("what is not supported is left as it is, and the rest is raised by the factor in all") {
  QNetworkShape shape = joint_shape();
  shape.support = every_other();
  const FusedModel model(shape, {}, 1, best_kernels());
  const std::vector<float> gradient = gradient_of(model, random_z(kRows * kActions), -0.5F);
  for (std::size_t row = 0; row < kRows; ++row) {
    float sum = 0.0F;
    for (std::size_t a = 0; a < kActions; ++a) {
      const float part = gradient[row * kActions + a];
      if (a % 2 == 1) CHECK(part == 0.0F);
      if (a % 2 == 0) CHECK(part < 0.0F);
      sum += part;
    }
    CHECK(sum == doctest::Approx(-0.5));
  }
}

TEST_CASE("the cheapest of the actions is raised most") {
  const FusedModel model(joint_shape(), {}, 1, best_kernels());
  std::vector<float> z(kRows * kActions, 1.0F);
  z[3] = -40.0F;
  const std::vector<float> gradient = gradient_of(model, z, -1.0F);
  CHECK(gradient[3] == doctest::Approx(-1.0));
  CHECK(gradient[4] == doctest::Approx(0.0));
  CHECK(gradient[kActions] == doctest::Approx(-1.0 / kActions));
}
