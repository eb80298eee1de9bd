#include "agent/vision/split_network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "agent/networks/q_network.h"
#include "agent/vision/split_evaluation.h"
#include "agent/vision/split_trainer.h"
#include "tests/agent/vision/idx_folder.h"

using namespace flyball;

namespace {

constexpr ImageShape kShape{16, 16, 4};

SplitNetworkConfig small_config() {
  SplitNetworkConfig config;
  config.channels = 8;
  config.local_width = 8;
  config.remote_width = 8;
  return config;
}

SplitTrainConfig short_training() {
  SplitTrainConfig config;
  config.epochs = 16;
  config.batch = 32;
  config.learning_rate = 1e-2;
  return config;
}

}  // namespace

TEST_CASE("a short training answers squares at every share, and the top channels hold theirs") {
  set_torch_threads(1);
  SplitNetwork network(kShape, small_config(), 3);
  const LabelledImages images = squares(512, 1);
  const LabelledImages others = squares(200, 2);
  CHECK(train_split_network(network, images, short_training(), 3) == 256);
  const auto figures = evaluate_split_network(network, others, tenths());
  REQUIRE(figures);
  CHECK(figures->edge_only > 0.9);
  CHECK(figures->cloud_only > 0.9);
  CHECK(figures->top_shares[2] > 0.6);
  CHECK(figures->top_shares.back() == doctest::Approx(1.0));
  REQUIRE(figures->points.size() == 11);
  for (const SplitPoint& point : figures->points) {
    CAPTURE(point.share);
    CHECK(point.fused > 0.9);
    CHECK(std::abs(point.fused - point.fused_floats) <= 0.02);
    CHECK(point.by_lambda.front() == point.remote);
    CHECK(point.by_lambda.back() == point.local);
  }
  CHECK(figures->points.front().kept == 8);
  CHECK(figures->points.front().fused == figures->edge_only);
  CHECK(figures->points.back().fused == figures->cloud_only);
}

TEST_CASE("same seed, same bits, and the next seed others") {
  set_torch_threads(1);
  const LabelledImages images = squares(64, 1);
  SplitTrainConfig once = short_training();
  once.epochs = 1;
  const auto trained = [&](std::uint64_t seed) {
    SplitNetwork network(kShape, small_config(), seed);
    train_split_network(network, images, once, seed);
    return network.to_safetensors().tensors;
  };
  CHECK(trained(1) == trained(1));
  CHECK(trained(1) != trained(2));
}

TEST_CASE("a network comes back from its file, and a file that lacks something is refused") {
  SplitNetworkConfig config = small_config();
  config.lambda_rule = LambdaRule::kFixed;
  config.lambda = 0.3;
  const SplitNetwork network(kShape, config, 1);
  const LabelledImages images = squares(5, 1);
  const Safetensors file = network.to_safetensors();
  const SplitNetwork again(parse_safetensors(write_safetensors(file)));
  CHECK(again.scores(images.pixels, 3).local == network.scores(images.pixels, 3).local);
  CHECK(again.scores(images.pixels, 3).remote == network.scores(images.pixels, 3).remote);
  CHECK(again.lambda(3) == doctest::Approx(0.3));
  CHECK(again.lambda(0) == 0.0);
  CHECK(again.lambda(8) == 1.0);
  Safetensors other = file;
  other.tensors.erase("local.conv");
  CHECK_THROWS_WITH_AS(SplitNetwork{other}, "tensor 'local.conv' is missing",
                       std::invalid_argument);
  other = file;
  other.tensors["local.bias"] = {{2}, {0, 0}};
  CHECK_THROWS_WITH_AS(SplitNetwork{other}, "tensor 'local.bias': shape [4] expected",
                       std::invalid_argument);
  other = file;
  other.metadata["network"] = R"({"channels": 8, "width": 3})";
  CHECK_THROWS_AS(SplitNetwork{other}, std::invalid_argument);
  other.metadata.erase("format");
  CHECK_THROWS_AS(SplitNetwork{other}, std::invalid_argument);
}

TEST_CASE(
    "importance sums to one, a channel that leaves changes one head and one that stays both") {
  const SplitNetwork network(kShape, small_config(), 1);
  const LabelledImages images = squares(3, 1);
  const std::vector<float> importance = network.importance(images.pixels);
  REQUIRE(importance.size() == 24);
  CHECK(std::accumulate(importance.begin(), importance.begin() + 8, 0.0) == doctest::Approx(1.0));
  const SplitScores none = network.scores(images.pixels, 0);
  const SplitScores some = network.scores(images.pixels, 4);
  CHECK(none.local.size() == 12);
  CHECK(none.local != some.local);
  CHECK(none.remote != some.remote);
  CHECK_THROWS_AS(network.scores(images.pixels, 9), std::invalid_argument);
}

TEST_CASE("the operations are those of the layers") {
  const SplitNetwork::Operations count = SplitNetwork(kShape, small_config(), 1).operations();
  CHECK(count.extractor == 8 * 8 * 8 * 25);  // 8x8 places, 8 channels of 5x5
  // Two layers at 4x4 places, then 2x2 of 8 channels to 4 classes.
  CHECK(count.local == 2 * 4 * 4 * 8 * 8 * 9 + 4 * 8 * 4);
  CHECK(count.remote == count.local);
  CHECK(count.attention == 2 * 2 * 16 + 8 * 8 * 18 + 2 * 8 * 8 * 8);
}

TEST_CASE("a whole network has one answer and no attention") {
  SplitNetworkConfig config = small_config();
  config.kind = NetworkKind::kWhole;
  const SplitNetwork network(kShape, config, 1);
  const LabelledImages images = squares(8, 1);
  CHECK(network.scores(images.pixels, 0).local.empty());
  CHECK(network.to_safetensors().tensors.contains("attention.kernel") == false);
  const auto figures = evaluate_split_network(network, images, tenths());
  REQUIRE(figures);
  CHECK(figures->points.empty());
}

TEST_CASE("training and evaluation end when they are told to, and a wrong key is named") {
  SplitNetwork network(kShape, small_config(), 1);
  const LabelledImages images = squares(64, 1);
  const auto twice = [](const SplitProgress& progress) { return progress.step < 2; };
  CHECK(train_split_network(network, images, short_training(), 1, twice) == 2);
  CHECK_FALSE(evaluate_split_network(network, images, tenths(), [](std::size_t) { return false; }));
  SplitTrainConfig wrong = short_training();
  wrong.skewness_top = 9;
  CHECK_THROWS_WITH_AS(train_split_network(network, images, wrong, 1),
                       doctest::Contains("train.skewness_top = 9"), std::invalid_argument);
  SplitNetworkConfig odd = small_config();
  odd.local_width = 6;
  CHECK_THROWS_WITH_AS(SplitNetwork(kShape, odd, 1),
                       "network.local_width = 6: a multiple of 4 expected", std::invalid_argument);
  const LabelledImages large{28, 28, std::vector<std::uint8_t>(784), {0}};
  CHECK_THROWS_AS(train_split_network(network, large, short_training(), 1), std::invalid_argument);
}
