#include "agent/vision/split_runtime.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"
#include "agent/vision/split_network.h"
#include "agent/vision/split_trainer.h"
#include "tests/agent/vision/idx_folder.h"

using namespace flyball;

namespace {

constexpr ImageShape kShape{16, 16, 4};

SplitNetworkConfig small_config() {
  SplitNetworkConfig config;
  config.channels = 8;
  config.local_width = 12;
  config.remote_width = 8;
  return config;
}

// Trained for a few steps, so that no parameter is what it was at first.
SplitNetwork trained(const SplitNetworkConfig& config = small_config()) {
  set_torch_threads(1);
  SplitNetwork network(kShape, config, 5);
  SplitTrainConfig training;
  training.epochs = 2;
  training.batch = 32;
  training.learning_rate = 1e-2;
  train_split_network(network, squares(128, 1), training, 5);
  return network;
}

void check_close(const std::vector<float>& ours, const float* theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CHECK(ours[i] == doctest::Approx(theirs[i]).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("both parts answer as the network does that was trained, at every number of channels") {
  const SplitNetwork network = trained();
  const SplitRuntime runtime(network.to_safetensors());
  const LabelledImages images = squares(5, 7);
  for (std::size_t image = 0; image < images.count(); ++image) {
    FeatureMap map = runtime.extract(images.pixels_of(image, 1));
    runtime.attend(map);
    const std::vector<float> shares = channel_shares(map);
    check_close(shares, network.importance(images.pixels_of(image, 1)).data());
    for (std::size_t kept = 0; kept <= 8; ++kept) {
      CAPTURE(kept);
      const std::vector<ChannelNumber> stay = most_important(shares, kept);
      const SentChannels sent = pack(map, others(stay, 8), 8);
      CHECK(sent.channels.size() == 8 - kept);
      const SplitScores scores = network.scores(images.pixels_of(image, 1), kept);
      check_close(runtime.local_scores(map, stay), scores.local.data());
      check_close(runtime.remote_scores(sent), scores.remote.data());
      CHECK(runtime.lambda(kept) == doctest::Approx(network.lambda(kept)).epsilon(1e-5));
    }
  }
}

TEST_CASE("whole numbers keep a map within half a step, below zero as well") {
  FeatureMap map{3, {1, 2}, {0.5F, -1.0F, 0.25F, 0.0F, 2.0F, 1.55F}};
  const std::vector<ChannelNumber> channels = {0, 2};
  for (const std::size_t bits : {4, 8}) {
    CAPTURE(bits);
    const SentChannels sent = pack(map, channels, bits);
    CHECK(sent.channels == channels);
    REQUIRE(sent.values.size() == 4);
    const float top = bits == 4 ? 15.0F : 255.0F;
    CHECK(sent.scale == doctest::Approx(3.0F / top));
    const std::vector<float> exact = {0.5F, -1.0F, 2.0F, 1.55F};
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const auto back = sent.scale * static_cast<float>(sent.values[i] - sent.zero_point);
      CHECK(std::abs(back - exact[i]) <= 0.51F * sent.scale);
    }
  }
}

TEST_CASE("the most important channels come in the order of their numbers, of equals the first") {
  const std::vector<float> shares = {0.1F, 0.3F, 0.1F, 0.5F};
  CHECK(most_important(shares, 3) == std::vector<ChannelNumber>{0, 1, 3});
  CHECK(most_important(shares, 0).empty());
  CHECK(others(most_important(shares, 3), 4) == std::vector<ChannelNumber>{2});
  CHECK(fuse(std::vector<float>{1.0F}, std::vector<float>{3.0F}, 0.25).front() ==
        doctest::Approx(2.5F));
}

TEST_CASE("what was sent is held against the network, and other networks have other versions") {
  const Safetensors file = trained().to_safetensors();
  const SplitRuntime runtime(file);
  SentChannels sent{{1, 3}, std::vector<std::uint8_t>(128), 1.0F, 0};
  CHECK(runtime.remote_scores(sent).size() == 4);
  const auto refusal = [&] {
    try {
      runtime.remote_scores(sent);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  sent.channels = {3, 3};
  CHECK(refusal() == "channel 3 at 1: ascending numbers below 8 expected");
  sent.channels = {1, 8};
  CHECK(refusal() == "channel 8 at 1: ascending numbers below 8 expected");
  sent.values.pop_back();
  CHECK(refusal() == "127 values: 2 channels of 8x8 expected");

  Safetensors other = file;
  other.tensors.at("remote.bias").values[0] += 1e-3F;
  CHECK(split_version(file) != split_version(other));
  CHECK(split_version(file) == split_version(file));
}

TEST_CASE("networks that cannot be run in two places are refused") {
  SplitNetworkConfig config = small_config();
  config.kind = NetworkKind::kWhole;
  CHECK_THROWS_WITH_AS(SplitRuntime(SplitNetwork(kShape, config, 1).to_safetensors()),
                       "kind = \"whole\": a split network expected", std::invalid_argument);
  config = small_config();
  config.bits = 12;
  CHECK_THROWS_WITH_AS(SplitRuntime(SplitNetwork(kShape, config, 1).to_safetensors()),
                       "network.bits = 12: at most 8 can be sent", std::invalid_argument);
  Safetensors file = trained().to_safetensors();
  file.tensors.erase("local.conv2");
  CHECK_THROWS_WITH_AS(SplitRuntime{file}, "tensor 'local.conv2' is missing",
                       std::invalid_argument);
}
