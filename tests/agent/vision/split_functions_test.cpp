#include "agent/vision/split_functions.h"

#include <torch/torch.h>

#include <cmath>
#include <vector>

// LibTorch's logging has a CHECK of its own.
#undef CHECK
#include <doctest/doctest.h>

using namespace flyball;

namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// Two channels of 2x2: mean 2 and largest 3, mean 1 and largest 4.
torch::Tensor two_channels() {
  return torch::tensor({1.0F, 3.0F, 1.0F, 3.0F, 0.0F, 0.0F, 0.0F, 4.0F}).reshape({1, 2, 2, 2});
}

std::vector<float> values(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous().flatten();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

TEST_CASE("channel attention is the sigmoid of what the shared MLP makes of both poolings") {
  const torch::Tensor squeeze = torch::tensor({1.0F, -1.0F}).reshape({1, 2});
  const torch::Tensor expand = torch::tensor({2.0F, -1.0F}).reshape({2, 1});
  // Mean: relu(2 - 1) = 1, so 2 and -1; largest: relu(3 - 4) = 0, so 0 and 0.
  const auto weights = values(channel_attention(two_channels(), squeeze, expand));
  REQUIRE(weights.size() == 2);
  CHECK(weights[0] == doctest::Approx(sigmoid(2.0)));
  CHECK(weights[1] == doctest::Approx(sigmoid(-1.0)));
}

TEST_CASE("spatial attention convolves mean and largest of the channels, zeros around them") {
  torch::Tensor centre = torch::zeros({1, 2, 3, 3});
  centre[0][0][1][1] = 1.0;
  centre[0][1][1][1] = 0.5;
  // At row 0, column 1 the channels are 3 and 0: 1.5 + 0.5 * 3.
  CHECK(values(spatial_attention(two_channels(), centre))[1] == doctest::Approx(sigmoid(3.0)));
  torch::Tensor right = torch::zeros({1, 2, 3, 3});
  right[0][0][1][2] = 1.0;
  const auto shifted = values(spatial_attention(two_channels(), right));
  CHECK(shifted[0] == doctest::Approx(sigmoid(1.5)));
  CHECK(shifted[1] == doctest::Approx(0.5));
}

TEST_CASE("importance is a channel's share of the magnitude, and the most important stay") {
  const torch::Tensor map = torch::cat({two_channels(), -3.0 * two_channels()}, 1);
  const auto importance = values(channel_importance(map));
  CHECK(importance[0] == doctest::Approx(2.0 / 12.0));
  CHECK(importance[2] == doctest::Approx(6.0 / 12.0));
  CHECK(values(kept_channels(channel_importance(map), 2)) == std::vector<float>{0, 0, 1, 1});
  CHECK(values(kept_channels(channel_importance(map), 0)) == std::vector<float>{0, 0, 0, 0});
  CHECK(values(kept_channels(channel_importance(map), 4)) == std::vector<float>{1, 1, 1, 1});
  CHECK(values(channel_importance(torch::zeros({1, 2, 2, 2})))[0] == 0.0F);
}

TEST_CASE("eight bits keep a tensor to half a step, 0 exactly, with a scale for every image") {
  torch::Tensor numbers = torch::rand({2, 3, 4, 4}) * 3.0 - 1.0;
  numbers[0][0][0][0] = -1.0;
  numbers[0][0][0][1] = 2.0;
  numbers[0][0][0][2] = 0.0;
  numbers[1] *= 0.001;
  const torch::Tensor kept = through_integers(numbers, 8);
  const torch::Tensor error = (kept - numbers).abs();
  CHECK(error[0].max().item<double>() <= 0.5 * 3.0 / 255.0 + 1e-6);
  CHECK(error[1].max().item<double>() <= 0.5 * 0.003 / 255.0 + 1e-8);
  CHECK(kept[0][0][0][2].item<float>() == 0.0F);
  CHECK(error.max().item<double>() > 0.0);
  const torch::Tensor again = through_integers(kept, 8);
  CHECK((again - kept).abs().max().item<double>() < 1e-5);
  CHECK(through_integers(torch::zeros({1, 1, 2, 2}), 8).abs().max().item<double>() == 0.0);
}

TEST_CASE("two bits are four numbers, and the gradient passes through the steps") {
  const torch::Tensor numbers =
      torch::tensor({0.0F, 0.4F, 0.6F, 3.0F}).reshape({1, 1, 2, 2}).requires_grad_();
  const torch::Tensor kept = through_integers(numbers, 2);
  const auto whole = values(kept);
  CHECK(whole[1] == doctest::Approx(0.0));
  CHECK(whole[2] == doctest::Approx(1.0));
  CHECK(whole[3] == doctest::Approx(3.0));
  (kept * torch::tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({1, 1, 2, 2})).sum().backward();
  CHECK(values(numbers.grad()) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("the hinge pulls the top channels up until they hold their share, and then no more") {
  const torch::Tensor importance =
      torch::tensor({0.2F, 0.5F, 0.3F, 0.1F, 0.1F, 0.8F}).reshape({2, 3}).requires_grad_();
  const torch::Tensor hinge = skewness_hinge(importance, 1, 0.7);
  CHECK(hinge.item<double>() == doctest::Approx(0.1));  // 0.2 and 0 of two images
  hinge.backward();
  CHECK(values(importance.grad()) == std::vector<float>{0, -0.5F, 0, 0, 0, 0});
}
