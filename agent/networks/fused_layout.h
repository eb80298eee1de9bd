// Where the parameters of a QNetwork lie in one flat array: weight [out, in] and bias [out] of
// layer 0, of layer 1, ..., of the last, linear layer. Values.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"
#include "env/aligned_allocator.h"
#include "policies/safetensors.h"

namespace flyball {

struct FusedLayer {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::size_t weight = 0;  // offset in the flat array
  std::size_t bias = 0;
};

struct FusedLayout {
  std::vector<FusedLayer> hidden;
  FusedLayer last;
  std::size_t size = 0;  // of the flat array

  // Hidden layers are followed by a last layer of `last_outputs`.
  FusedLayout(std::size_t observation_size, std::span<const std::size_t> hidden_widths,
              std::size_t last_outputs);

  // The features that the last layer reads.
  std::size_t width() const { return last.inputs; }
  // Parameters of the hidden layers: they come first.
  std::size_t hidden_size() const { return last.weight; }

  // Between the flat array and the tensors "0.weight", "0.bias", ... of QNetwork::parameters().
  // Throws std::invalid_argument for tensors of another network.
  void read(const std::map<std::string, Tensor>& tensors, AlignedFloats& flat) const;
  std::map<std::string, Tensor> tensors(const AlignedFloats& flat, const std::string& prefix) const;

 private:
  FusedLayer append(std::size_t inputs, std::size_t outputs);
  std::vector<FusedLayer> layers() const;
};

}  // namespace flyball
