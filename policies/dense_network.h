// A chain of dense layers with ReLU between them and, optionally, a fixed last matrix (the smooth
// head, q = phi h) or, at the end, the sum of branches (the branching head, policies/head.h).
// Single precision, one observation at a time. Not thread-safe: owns the scratch memory of an
// evaluation.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "env/aligned_allocator.h"
#include "policies/safetensors.h"

namespace flyball {

class DenseNetwork {
 public:
  // Takes "NAME.0.weight", "NAME.0.bias", ... and "NAME.phi" from `tensors`. Throws
  // std::invalid_argument naming the tensor at fault: missing, of a shape that does not chain.
  // `branches`: levels per knob where the last layer is a branching head; empty otherwise.
  DenseNetwork(const std::string& name, const std::map<std::string, Tensor>& tensors,
               std::span<const std::size_t> branches = {});

  std::size_t input_size() const { return layers_.front().inputs; }
  // One per joint action.
  std::size_t output_size() const { return action_count_; }
  // "[out, in]" of every layer, phi last.
  std::vector<std::pair<std::size_t, std::size_t>> shapes() const;
  bool has_phi() const { return has_phi_; }

  // Requires: input.size() = input_size(). The outputs stay until the next evaluation.
  std::span<const float> evaluate(std::span<const float> input) noexcept;
  // Padded to whole panels (policies/dense_kernels.h) with numbers of no meaning.
  std::span<const float> outputs() const {
    return {branches_.empty() ? layers_.back().values.data() : joint_.data(), action_count_};
  }

 private:
  struct Layer {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    AlignedFloats weights;  // in panels of outputs
    AlignedFloats bias;
    AlignedFloats values;  // scratch: the layer's outputs
    bool relu = false;
  };

  std::vector<Layer> layers_;
  bool has_phi_ = false;
  std::vector<std::size_t> branches_;
  std::size_t action_count_ = 0;
  AlignedFloats joint_;  // scratch: the branching head's value per joint action
};

}  // namespace flyball
