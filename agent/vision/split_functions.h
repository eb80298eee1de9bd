// The formulas of the split network: attention, importance, top-k, int8, skewness. Pure functions
// of tensors; they can be differentiated unless it says so. Whoever calls them includes LibTorch.
//
// Sources: DVFO (Zhang et al. 2023) eq. 4 to 6; CBAM (Woo et al. 2018), whose modules DVFO takes;
// AgileNN (Huang and Gao, MobiCom 2022) for the skewness. Shapes: n images, c channels, h rows,
// w columns.
#pragma once

#include <cstdint>

namespace at {
class Tensor;
}

namespace flyball {

// M_c = sigmoid(MLP(AvgPool(F)) + MLP(MaxPool(F))), eq. 4: [n, c, 1, 1]. The shared MLP is
// relu(x A^T) B^T with A [c / reduction, c] and B [c, c / reduction], without biases as in CBAM.
at::Tensor channel_attention(const at::Tensor& features, const at::Tensor& squeeze,
                             const at::Tensor& expand);

// M_s = sigmoid(Conv3x3([AvgPool(F); MaxPool(F)])), eq. 5, pooled along the channels:
// [n, 1, h, w]. kernel: [1, 2, 3, 3].
at::Tensor spatial_attention(const at::Tensor& features, const at::Tensor& kernel);

// A channel's mean magnitude in the attended map, divided by the sum over channels: [n, c].
at::Tensor channel_importance(const at::Tensor& attended);

// 1 for the `kept` most important channels of every image, else 0: [n, c, 1, 1]. Of equals, any.
at::Tensor kept_channels(const at::Tensor& importance, std::int64_t kept);

// What `bits`-bit whole numbers keep of each image's tensor, as numbers again:
//   scale = (max - min) / (2^bits - 1), zero point = round(-min / scale), 0 within [min, max]
//   q = clamp(round(x / scale) + zero point, 0, 2^bits - 1),  x' = scale (q - zero point)
// Its gradient is the identity (straight-through, Bengio et al. 2013).
at::Tensor through_integers(const at::Tensor& values, std::int64_t bits);

// How far the share of the `count` most important channels stays below `target`:
// mean over images of max(0, target - share). A scalar.
at::Tensor skewness_hinge(const at::Tensor& importance, std::int64_t count, double target);

}  // namespace flyball
