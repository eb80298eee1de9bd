#include "agent/networks/fused_kernels_versions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "env/draw.h"

using namespace flyball;

namespace {

// Not a multiple of any vector's width.
constexpr std::size_t kSize = 37;

std::vector<const FusedKernels*> versions() {
  std::vector<const FusedKernels*> found;
  for (const FusedKernels* kernels : {plain_kernels(), avx2_kernels(), avx512_kernels()}) {
    if (kernels != nullptr) found.push_back(kernels);
  }
  return found;
}

std::vector<float> numbers(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(2.0 * draw_unit(random) - 1.0);
  return values;
}

double exact_dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// Three features of a row, side by side with those of the others; the padding would win if counted.
struct Rows {
  std::vector<float> values = numbers(3 * kRowPadding, 9);
  static constexpr std::size_t kCount = 5;

  Rows() {
    for (std::size_t f = 0; f < 3; ++f) {
      for (std::size_t r = kCount; r < kRowPadding; ++r) values[f * kRowPadding + r] = -100.0F;
    }
  }
  TransposedRows view() const { return {values.data(), 3, kCount, kRowPadding}; }
  float at(std::size_t feature, std::size_t row) const {
    return values[feature * kRowPadding + row];
  }
};

}  // namespace

TEST_CASE("there is a plain version on every machine, and the available ones are the versions") {
  REQUIRE(plain_kernels() != nullptr);
  CHECK(available_kernels() == versions());
  CHECK(available_kernels().front() == plain_kernels());
  CHECK(&best_kernels() == versions().back());
  std::set<std::string> names;
  for (const FusedKernels* kernels : versions()) names.insert(kernels->name);
  CHECK(names.size() == versions().size());
}

TEST_CASE("sums over any length are right in every version") {
  const std::vector<float> a = numbers(kSize, 1);
  const std::vector<float> b = numbers(kSize, 2);
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    CHECK(static_cast<double>(kernels->dot(a.data(), b.data(), kSize)) ==
          doctest::Approx(exact_dot(a, b)).epsilon(1e-5));
    CHECK(kernels->sum_of_squares(a.data(), kSize) ==
          doctest::Approx(exact_dot(a, a)).epsilon(1e-5));
    std::vector<float> sums(kSize, 9.0F);
    std::vector<float> two_lines = a;
    two_lines.insert(two_lines.end(), b.begin(), b.end());
    kernels->column_sums(two_lines.data(), 2, kSize, sums.data());
    for (std::size_t i = 0; i < kSize; ++i) CHECK(sums[i] == doctest::Approx(a[i] + b[i]));
  }
}

TEST_CASE("a bias goes to its column or its line, and what is negative then is cut") {
  const std::vector<float> y = numbers(2 * kSize, 3);
  const std::vector<float> bias = numbers(kSize, 4);
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    std::vector<float> columns = y;
    std::vector<float> lines = y;
    kernels->add_bias_relu(columns.data(), bias.data(), 2, kSize);
    kernels->add_line_bias_relu(lines.data(), bias.data(), 2, kSize);
    for (std::size_t r = 0; r < 2; ++r) {
      for (std::size_t c = 0; c < kSize; ++c) {
        CHECK(columns[r * kSize + c] == std::max(y[r * kSize + c] + bias[c], 0.0F));
        CHECK(lines[r * kSize + c] == std::max(y[r * kSize + c] + bias[r], 0.0F));
      }
    }
    std::vector<float> gradient(2 * kSize, 1.0F);
    kernels->relu_gradient(gradient.data(), columns.data(), gradient.size());
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      CHECK(gradient[i] == (columns[i] > 0.0F ? 1.0F : 0.0F));
    }
  }
}

TEST_CASE("an Adam step is Adam's, gradient scale and decay included") {
  const AdamStep step{0.5F, 0.1F, 0.01F, 1.2F};
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    std::vector<float> parameters = numbers(kSize, 5);
    std::vector<float> gradients = numbers(kSize, 6);
    std::vector<float> first = numbers(kSize, 7);
    std::vector<float> second(kSize, 0.25F);
    const std::vector<float> p = parameters;
    const std::vector<float> g = gradients;
    const std::vector<float> m = first;
    kernels->adam({parameters.data(), gradients.data(), first.data(), second.data(), kSize}, step);
    for (std::size_t i = 0; i < kSize; ++i) {
      const double scaled = 0.5 * static_cast<double>(g[i]);
      const double decayed = scaled + 0.1 * static_cast<double>(p[i]);
      const double mean = 0.9 * static_cast<double>(m[i]) + 0.1 * decayed;
      const double square = 0.999 * 0.25 + 0.001 * decayed * decayed;
      CHECK(static_cast<double>(first[i]) == doctest::Approx(mean).epsilon(1e-4));
      CHECK(static_cast<double>(second[i]) == doctest::Approx(square).epsilon(1e-4));
      CHECK(static_cast<double>(parameters[i]) ==
            doctest::Approx(static_cast<double>(p[i]) -
                            0.01 * mean / (1.2 * std::sqrt(square) + 1e-8))
                .epsilon(1e-4));
    }
  }
}

TEST_CASE("the soft minimum leaves out what is not allowed") {
  std::vector<std::uint8_t> allowed(kSize, 1);
  allowed[4] = 0;
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    std::vector<float> values = numbers(kSize, 8);
    const std::vector<float> before = values;
    const float sum = kernels->soft_minimum(values.data(), allowed.data(), -1.0F, kSize);
    double expected = 0.0;
    for (std::size_t i = 0; i < kSize; ++i) {
      const double share = i == 4 ? 0.0 : std::exp(-1.0 - static_cast<double>(before[i]));
      CHECK(static_cast<double>(values[i]) == doctest::Approx(share).epsilon(1e-5));
      expected += share;
    }
    CHECK(static_cast<double>(sum) == doctest::Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("the lowest candidate of each row wins, the lower index where two are equal") {
  const Rows rows;
  // Line 2 is line 0 once more; line 1 is cheaper than all and does not compete.
  std::vector<float> weights = {1, 0, 0, -9, -9, -9, 1, 0, 0, 0, 1, 0};
  const std::vector<float> bias = {0.0F, -1000.0F, 0.0F, 0.0F};
  const std::vector<std::uint32_t> competing = {0, 2, 3};
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    std::vector<std::uint32_t> result(Rows::kCount + 1, 77);
    kernels->lowest(rows.view(), {weights.data(), bias.data(), competing.data(), 3}, result.data());
    for (std::size_t row = 0; row < Rows::kCount; ++row) {
      CHECK(result[row] == (rows.at(0, row) <= rows.at(1, row) ? 0U : 3U));
    }
    CHECK(result.back() == 77);  // rows of the padding are not told
  }
}

TEST_CASE("the lowest sum of a row's own features wins likewise") {
  const Rows rows;
  const std::vector<std::uint32_t> lines = {0, 1, 0, 2, 1, 2, 0, 1};  // the last one as the first
  const std::vector<std::uint32_t> competing = {0, 1, 2, 3};
  for (const FusedKernels* kernels : versions()) {
    CAPTURE(std::string(kernels->name));
    std::vector<std::uint32_t> result(Rows::kCount);
    kernels->lowest_sum(rows.view(), {lines.data(), 2, competing.data(), 4}, result.data());
    for (std::size_t row = 0; row < Rows::kCount; ++row) {
      std::uint32_t best = 0;
      for (std::uint32_t c = 1; c < 3; ++c) {
        const auto sum = [&](std::uint32_t i) {
          return rows.at(lines[2 * i], row) + rows.at(lines[2 * i + 1], row);
        };
        if (sum(c) < sum(best)) best = c;
      }
      CHECK(result[row] == best);
    }
  }
}
