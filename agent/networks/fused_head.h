// What the last layer of a QNetwork means (policies/head.h), for FusedNetwork. Not thread-safe
// while it is refreshed; const functions are.
//
// Dueling is linear in the last layer, so the head works on the folded layer, z = W h + b without
// V, and the gradient is unfolded afterwards: nothing of size [rows, actions] is ever made for it.
// The value of an action then is
//   joint      z_a
//   branching  the mean over knobs of z_(k, a_k)
//   smooth     z . phi_a
// Joint and branching values need but one or a few of the z: only those are computed (the gathered
// head), unless CQL asks for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/networks/fused_kernels.h"
#include "agent/networks/fused_layout.h"
#include "agent/networks/q_network.h"

namespace flyball {

class FusedHead {
 public:
  // `width`: features that the last layer reads.
  FusedHead(const QNetworkShape& shape, const QNetworkConfig& config, std::size_t width);

  std::size_t width() const { return width_; }
  // Rows of the last layer's weight: z and, with dueling, V before it.
  std::size_t parameter_rows() const { return outputs_ + (is_dueling_ ? 1 : 0); }
  // Components of z.
  std::size_t outputs() const { return outputs_; }
  // Components of z whose mean is an action's value; 0 for the smooth head.
  std::size_t terms() const { return terms_; }
  // Whether a step needs all of z, not only the chosen actions' components.
  bool is_dense() const { return is_dense_; }
  bool is_smooth() const { return shape_.phi.has_value(); }
  bool is_branching() const { return !shape_.branches.empty(); }
  const QNetworkShape& shape() const { return shape_; }
  // Line `action` of phi. Requires: is_smooth().
  const float* phi(std::size_t action) const {
    return shape_.phi->values.data() + action * outputs_;
  }
  // The terms() components of z that make the action's value. Requires: not is_smooth().
  std::span<const std::uint32_t> components(std::size_t action) const {
    return {components_.data() + action * terms_, terms_};
  }

  // Takes the last layer's parameters as they are now; call it after each change. `parameters`:
  // the flat array.
  void refresh(const AlignedFloats& parameters, const FusedLayer& last);
  // The folded layer, [outputs, width] and [outputs].
  const float* weight() const { return weight_; }
  const float* bias() const { return bias_; }
  // From the gradient of the folded layer (weight, then bias) to that of the parameters in the flat
  // array.
  void unfold(const AlignedFloats& folded, const FusedLayer& last, AlignedFloats& gradients) const;

  // The cheapest of `allowed` for each row of `features` (what the last layer reads, transposed).
  // `scratch`: [outputs, stride] floats.
  void cheapest(const FusedKernels& kernels, const TransposedRows& features,
                std::span<const std::uint32_t> allowed, float* scratch,
                std::uint32_t* actions) const;

 private:
  void cheapest_branches(const FusedKernels& kernels, const TransposedRows& features,
                         std::uint32_t* actions) const;

  QNetworkShape shape_;
  std::size_t width_;
  bool is_dueling_;
  bool is_dense_;
  std::size_t outputs_ = 0;
  std::size_t terms_ = 0;
  std::vector<std::size_t> groups_;        // whose means dueling takes off
  std::vector<std::uint32_t> components_;  // [actions, terms]
  std::vector<std::uint32_t> everything_;  // 0, 1, ...: all components
  const float* weight_ = nullptr;
  const float* bias_ = nullptr;
  AlignedFloats folded_;  // weight and bias; empty without dueling
};

}  // namespace flyball
