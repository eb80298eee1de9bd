#include "agent/vision/split_functions.h"

#include <torch/torch.h>

namespace flyball {

namespace {

constexpr double kSmallest = 1e-12;  // keeps an empty tensor's scale and sum from being 0

}  // namespace

torch::Tensor channel_attention(const torch::Tensor& features, const torch::Tensor& squeeze,
                                const torch::Tensor& expand) {
  const auto mlp = [&](const torch::Tensor& pooled) {
    return torch::mm(torch::relu(torch::mm(pooled, squeeze.t())), expand.t());
  };
  const torch::Tensor weights = mlp(features.mean({2, 3})) + mlp(features.amax({2, 3}));
  return torch::sigmoid(weights).unsqueeze(2).unsqueeze(3);
}

torch::Tensor spatial_attention(const torch::Tensor& features, const torch::Tensor& kernel) {
  const torch::Tensor pooled = torch::cat({features.mean(1, true), features.amax(1, true)}, 1);
  return torch::sigmoid(torch::conv2d(pooled, kernel, {}, 1, 1));
}

torch::Tensor channel_importance(const torch::Tensor& attended) {
  const torch::Tensor magnitude = attended.abs().mean({2, 3});
  return magnitude / magnitude.sum(1, true).clamp_min(kSmallest);
}

torch::Tensor kept_channels(const torch::Tensor& importance, std::int64_t kept) {
  torch::Tensor mask = torch::zeros_like(importance, torch::kFloat32);
  if (kept > 0) mask.scatter_(1, std::get<1>(importance.detach().topk(kept, 1)), 1.0);
  return mask.unsqueeze(2).unsqueeze(3);
}

torch::Tensor through_integers(const torch::Tensor& values, std::int64_t bits) {
  const torch::Tensor exact = values.detach();
  const double top = static_cast<double>((std::int64_t{1} << bits) - 1);
  const torch::Tensor high = exact.amax({1, 2, 3}, true).clamp_min(0.0);
  const torch::Tensor low = exact.amin({1, 2, 3}, true).clamp_max(0.0);
  const torch::Tensor scale = ((high - low) / top).clamp_min(kSmallest);
  const torch::Tensor zero_point = torch::round(-low / scale);
  const torch::Tensor whole = torch::clamp(torch::round(exact / scale) + zero_point, 0.0, top);
  return values + ((whole - zero_point) * scale - exact);
}

torch::Tensor skewness_hinge(const torch::Tensor& importance, std::int64_t count, double target) {
  const torch::Tensor share = std::get<0>(importance.topk(count, 1)).sum(1);
  return torch::relu(target - share).mean();
}

}  // namespace flyball
