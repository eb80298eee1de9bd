#include "policies/dense_kernels.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace flyball;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

std::vector<float> draw(std::size_t count, std::mt19937_64& random) {
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

}  // namespace

TEST_CASE("a layer's sums are those of plain loops, to the bit") {
  std::mt19937_64 random(1);
  for (const std::size_t inputs : {1UL, 7UL, 16UL, 128UL}) {
    for (const std::size_t panels : {1UL, 3UL}) {
      const std::size_t outputs = panels * kPanel;
      const std::vector<float> weights = draw(outputs * inputs, random);
      const std::vector<float> bias = draw(outputs, random);
      const std::vector<float> x = draw(inputs, random);
      std::vector<float> y(outputs);
      std::vector<float> relu(outputs);
      dense_layer({weights.data(), bias.data(), y.data(), inputs, panels}, x.data());
      dense_layer_relu({weights.data(), bias.data(), relu.data(), inputs, panels}, x.data());
      for (std::size_t o = 0; o < outputs; ++o) {
        float sum = bias[o];
        for (std::size_t i = 0; i < inputs; ++i) {
          sum += x[i] * weights[(o / kPanel * inputs + i) * kPanel + o % kPanel];
        }
        CHECK(y[o] == sum);
        CHECK(relu[o] == (sum > 0.0F ? sum : 0.0F));
      }
    }
  }
}

TEST_CASE("the lowest score is found wherever it is, the first of equal ones") {
  for (const std::size_t count : {kPanel, 3 * kPanel}) {
    for (std::size_t at = 0; at < count; ++at) {
      std::vector<float> values(count, 2.0F);
      std::vector<float> penalties(count, 0.0F);
      values[at] = 1.0F;
      values[count - 1] = 1.0F;
      const LowestScore lowest = lowest_score(values.data(), penalties.data(), 1.0F, count);
      CHECK(lowest.index == at);
      CHECK(lowest.score == 1.0F);
      values[at] = 3.0F;  // with the sign turned the highest
      CHECK(lowest_score(values.data(), penalties.data(), -1.0F, count).index == at);
      penalties.assign(count, kInfinity);
      penalties[at] = 0.0F;
      CHECK(lowest_score(values.data(), penalties.data(), 1.0F, count).index == at);
    }
  }
}

TEST_CASE("what is not a number does not compete, and with nothing left the first is named") {
  std::vector<float> values(kPanel, kNotANumber);
  std::vector<float> penalties(kPanel, 0.0F);
  CHECK(lowest_score(values.data(), penalties.data(), 1.0F, kPanel).index == 0);
  CHECK(lowest_score(values.data(), penalties.data(), 1.0F, kPanel).score == kInfinity);
  values[9] = 5.0F;
  CHECK(lowest_score(values.data(), penalties.data(), 1.0F, kPanel).index == 9);
  values[9] = -kInfinity;
  penalties[9] = kInfinity;
  CHECK(lowest_score(values.data(), penalties.data(), 1.0F, kPanel).score == kInfinity);
}

TEST_CASE("scores beyond the limit are infinite, a limit just reached is kept") {
  const std::vector<float> values{1.0F, 2.0F, 3.0F, 4.0F};
  const std::vector<float> constraints{0.5F, 0.6F, 0.4F, kNotANumber};
  std::vector<float> scores(4);
  limit_scores(values.data(), -1.0F, {constraints.data(), 1.0F, 0.5F}, scores.data(), 4);
  CHECK(scores == std::vector<float>{-1.0F, kInfinity, -3.0F, kInfinity});
  limit_scores(values.data(), 1.0F, {constraints.data(), -1.0F, -0.5F}, scores.data(), 4);
  CHECK(scores == std::vector<float>{1.0F, 2.0F, kInfinity, kInfinity});
}
