#include "policies/dense_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "policies/dense_kernels.h"
#include "policies/head.h"

namespace flyball {

namespace {

const Tensor* find(const std::map<std::string, Tensor>& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

void check_shape(const std::string& name, const Tensor& tensor,
                 const std::vector<std::size_t>& expected, const char* why) {
  std::size_t count = 1;
  for (const std::size_t size : tensor.shape) count *= size;
  if (tensor.shape != expected || tensor.values.size() != count) {
    throw std::invalid_argument(fmt::format(
        "tensor '{}': shape [{}] with {} values, [{}] expected "
        "({})",
        name, fmt::join(tensor.shape, ", "), tensor.values.size(), fmt::join(expected, ", "), why));
  }
}

// From [out, in] to [panels, in, kPanel]; outputs that fill up the last panel have no weight.
AlignedFloats in_panels(const Tensor& weight) {
  const std::size_t outputs = weight.shape[0];
  const std::size_t inputs = weight.shape[1];
  AlignedFloats result(padded_to_panels(outputs) * inputs, 0.0F);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      result[(o / kPanel * inputs + i) * kPanel + o % kPanel] = weight.values[o * inputs + i];
    }
  }
  return result;
}

// Throws unless `weight` is a matrix that takes `inputs` values (0: any number).
void check_matrix(const std::string& name, const Tensor& weight, std::size_t inputs) {
  if (weight.shape.size() != 2) {
    throw std::invalid_argument(fmt::format("tensor '{}': shape [{}], a matrix expected", name,
                                            fmt::join(weight.shape, ", ")));
  }
  const std::size_t taken = inputs == 0 ? weight.shape[1] : inputs;
  check_shape(name, weight, {weight.shape[0], taken}, "the outputs of the layer before");
}

}  // namespace

DenseNetwork::DenseNetwork(const std::string& name, const std::map<std::string, Tensor>& tensors,
                           std::span<const std::size_t> branches)
    : branches_(branches.begin(), branches.end()) {
  std::size_t inputs = 0;
  const auto append = [&](const std::string& weight_name, const Tensor& weight) -> Layer& {
    check_matrix(weight_name, weight, inputs);
    inputs = weight.shape[0];
    const std::size_t padded = padded_to_panels(inputs);
    layers_.push_back({weight.shape[1], inputs, in_panels(weight), AlignedFloats(padded),
                       AlignedFloats(padded), false});
    return layers_.back();
  };
  for (std::size_t l = 0;; ++l) {
    const std::string weight_name = fmt::format("{}.{}.weight", name, l);
    const std::string bias_name = fmt::format("{}.{}.bias", name, l);
    const Tensor* weight = find(tensors, weight_name);
    if (weight == nullptr) break;
    if (l > 0) layers_.back().relu = true;
    Layer& layer = append(weight_name, *weight);
    const Tensor* bias = find(tensors, bias_name);
    if (bias == nullptr) {
      throw std::invalid_argument(fmt::format("tensor '{}': missing", bias_name));
    }
    check_shape(bias_name, *bias, {layer.outputs}, "the outputs of the layer");
    std::copy(bias->values.begin(), bias->values.end(), layer.bias.begin());
  }
  if (layers_.empty()) {
    throw std::invalid_argument(fmt::format("tensor '{}.0.weight': missing", name));
  }
  const Tensor* phi = find(tensors, name + ".phi");
  if (phi != nullptr) append(name + ".phi", *phi);
  has_phi_ = phi != nullptr;
  action_count_ = layers_.back().outputs;
  if (branches_.empty()) return;
  std::size_t levels = 0;
  std::size_t actions = 1;
  for (const std::size_t count : branches_) {
    levels += count;
    actions *= count;
  }
  if (layers_.back().outputs != levels) {
    throw std::invalid_argument(fmt::format("tensors '{}.*': {} outputs, the knobs have {} levels",
                                            name, layers_.back().outputs, levels));
  }
  action_count_ = actions;
  joint_.resize(padded_to_panels(actions));
}

std::vector<std::pair<std::size_t, std::size_t>> DenseNetwork::shapes() const {
  std::vector<std::pair<std::size_t, std::size_t>> shapes;
  for (const Layer& layer : layers_) shapes.emplace_back(layer.outputs, layer.inputs);
  return shapes;
}

std::span<const float> DenseNetwork::evaluate(std::span<const float> input) noexcept {
  const float* x = input.data();
  for (Layer& layer : layers_) {
    const DenseLayerArrays arrays{layer.weights.data(), layer.bias.data(), layer.values.data(),
                                  layer.inputs, layer.values.size() / kPanel};
    layer.relu ? dense_layer_relu(arrays, x) : dense_layer(arrays, x);
    x = layer.values.data();
  }
  if (!branches_.empty()) {
    expand_branches({layers_.back().values.data(), layers_.back().outputs}, branches_,
                    {joint_.data(), action_count_});
  }
  return outputs();
}

}  // namespace flyball
