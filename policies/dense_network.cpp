#include "policies/dense_network.h"

#include <fmt/format.h>

#include <stdexcept>

#include "policies/head.h"

// Built for the widest vectors of the machine that runs it, where the compiler can choose at load
// time. Sums are not reordered, so every version gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FLYBALL_VECTOR_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FLYBALL_VECTOR_VERSIONS
#endif

namespace flyball {

namespace {

// y += x[0..inputs) * weights[inputs][outputs]: four inputs at a time, so that y is loaded and
// stored a quarter as often; the inner loop runs along the outputs and vectorises.
FLYBALL_VECTOR_VERSIONS
void accumulate(const float* __restrict weights, const float* __restrict x, float* __restrict y,
                std::size_t inputs, std::size_t outputs) noexcept {
  std::size_t i = 0;
  for (; i + 4 <= inputs; i += 4) {
    const float* __restrict row = weights + i * outputs;
    const float x0 = x[i];
    const float x1 = x[i + 1];
    const float x2 = x[i + 2];
    const float x3 = x[i + 3];
    for (std::size_t o = 0; o < outputs; ++o) {
      y[o] += (x0 * row[o] + x1 * row[outputs + o]) +
              (x2 * row[2 * outputs + o] + x3 * row[3 * outputs + o]);
    }
  }
  for (; i < inputs; ++i) {
    const float* __restrict row = weights + i * outputs;
    for (std::size_t o = 0; o < outputs; ++o) y[o] += x[i] * row[o];
  }
}

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

std::vector<float> transposed(const Tensor& weight) {
  const std::size_t outputs = weight.shape[0];
  const std::size_t inputs = weight.shape[1];
  std::vector<float> result(weight.values.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      result[i * outputs + o] = weight.values[o * inputs + i];
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
    layers_.push_back({weight.shape[1], inputs, transposed(weight), std::vector<float>(inputs),
                       std::vector<float>(inputs), false});
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
    layer.bias = bias->values;
  }
  if (layers_.empty()) {
    throw std::invalid_argument(fmt::format("tensor '{}.0.weight': missing", name));
  }
  const Tensor* phi = find(tensors, name + ".phi");
  if (phi != nullptr) append(name + ".phi", *phi);
  has_phi_ = phi != nullptr;
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
  joint_.resize(actions);
}

std::vector<std::pair<std::size_t, std::size_t>> DenseNetwork::shapes() const {
  std::vector<std::pair<std::size_t, std::size_t>> shapes;
  for (const Layer& layer : layers_) shapes.emplace_back(layer.outputs, layer.inputs);
  return shapes;
}

std::span<const float> DenseNetwork::evaluate(std::span<const float> input) noexcept {
  const float* x = input.data();
  for (Layer& layer : layers_) {
    float* y = layer.values.data();
    for (std::size_t o = 0; o < layer.outputs; ++o) y[o] = layer.bias[o];
    accumulate(layer.weights.data(), x, y, layer.inputs, layer.outputs);
    if (layer.relu) {
      for (std::size_t o = 0; o < layer.outputs; ++o) y[o] = y[o] > 0.0F ? y[o] : 0.0F;
    }
    x = y;
  }
  if (!branches_.empty()) expand_branches(layers_.back().values, branches_, joint_);
  return outputs();
}

}  // namespace flyball
