#include "controllers/corun_predictor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <utility>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

std::vector<CorunFeatures> random_features(std::size_t count) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> spread(-2.0, 2.0);
  std::vector<CorunFeatures> all(count);
  for (CorunFeatures& f : all) {
    f = {std::exp(spread(random)), std::exp(spread(random)), std::exp(spread(random)),
         std::exp(spread(random)), std::exp(spread(random))};
  }
  return all;
}

double log_linear(const CorunFeatures& f) {
  return 2.5 + 0.1 * std::log(f.inference_work) - 0.05 * std::log(f.inference_intensity) +
         0.2 * std::log(f.tuning_work) + 0.03 * std::log(f.tuning_intensity) -
         0.1 * std::log(f.batch);
}

}  // namespace

TEST_CASE("without a sample two tenants take turns") {
  CHECK(CorunPredictor().slowdown({}) == 2.0);
  CHECK(CorunPredictor().samples() == 0);
}

TEST_CASE("what is linear in the features is found from a few samples, and holds for others") {
  CorunPredictor predictor;
  const std::vector<CorunFeatures> all = random_features(40);
  for (std::size_t i = 0; i < 12; ++i) predictor.learn(all[i], log_linear(all[i]));
  for (std::size_t i = 12; i < all.size(); ++i) {
    CHECK(predictor.slowdown(all[i]) == Approx(log_linear(all[i])).epsilon(1e-3));
  }
  CHECK(predictor.samples() == 12);
}

TEST_CASE("features count as they are where that is asked for") {
  CorunPredictor predictor(FeatureScale::kPlain);
  const auto linear = [](const CorunFeatures& f) { return 1.5 + 0.1 * f.inference_work; };
  const std::vector<CorunFeatures> all = random_features(20);
  for (const CorunFeatures& f : all) predictor.learn(f, linear(f));
  CHECK(predictor.slowdown(all.front()) == Approx(linear(all.front())).epsilon(1e-3));
}

TEST_CASE("the order of the samples does not matter") {
  CorunPredictor forward;
  CorunPredictor backward;
  const std::vector<CorunFeatures> all = random_features(15);
  for (std::size_t i = 0; i < all.size(); ++i) {
    forward.learn(all[i], 2.0 + 0.1 * static_cast<double>(i % 3));
    const std::size_t j = all.size() - 1 - i;
    backward.learn(all[j], 2.0 + 0.1 * static_cast<double>(j % 3));
  }
  CHECK(forward.slowdown(all[4]) == Approx(backward.slowdown(all[4])).epsilon(1e-6));
}

TEST_CASE("online it follows a pair that is slower than all it was fitted to, for long") {
  CorunPredictor predictor;
  const std::vector<CorunFeatures> all = random_features(200);
  for (const CorunFeatures& f : all) predictor.learn(f, log_linear(f));
  const CorunFeatures pair = all.front();
  const double other = log_linear(pair) + 1.0;
  for (int i = 0; i < 30; ++i) predictor.learn_online(pair, other);
  CHECK(predictor.slowdown(pair) == Approx(other).epsilon(0.05));
  for (int i = 0; i < 100'000; ++i) predictor.learn_online(pair, other);
  for (int i = 0; i < 30; ++i) predictor.learn_online(pair, 2.0);
  CHECK(predictor.slowdown(pair) == Approx(2.0).epsilon(0.05));
}

TEST_CASE("nothing is predicted to be faster beside another") {
  CorunPredictor predictor;
  predictor.learn({}, 0.2);
  CHECK(predictor.slowdown({}) == 1.0);
}
