#include "agent/networks/fused_model.h"

#include <algorithm>

#include "agent/networks/fused_gemm.h"
#include "policies/head.h"

namespace flyball {

namespace {

std::size_t width_of(const QNetworkShape& shape, const QNetworkConfig& config) {
  return config.hidden.empty() ? shape.observation_size : config.hidden.back();
}

constexpr std::size_t padded(std::size_t rows) {
  return (rows + kRowPadding - 1) / kRowPadding * kRowPadding;
}

}  // namespace

FusedModel::FusedModel(const QNetworkShape& shape, const QNetworkConfig& config, std::uint64_t seed,
                       const FusedKernels& kernels)
    : config_(config),
      kernels_(&kernels),
      head_(shape, config, width_of(shape, config)),
      layout_(shape.observation_size, config.hidden, head_.parameter_rows()) {
  layout_.read(QNetwork(shape, config, seed).parameters(), parameters_);
  changed();
}

FusedModel::FusedModel(const FusedModel& other)
    : config_(other.config_),
      kernels_(other.kernels_),
      head_(other.head_),
      layout_(other.layout_),
      parameters_(other.parameters_) {
  changed();
}

ChunkRows FusedModel::chunk(std::span<const float> observations, std::size_t index) const {
  const std::size_t rows = observations.size() / observation_size();
  const std::size_t first = index * kChunkRows;
  return {observations.data() + first * observation_size(), first,
          std::min(kChunkRows, rows - first)};
}

FusedWorkspace FusedModel::workspace() const {
  FusedWorkspace space;
  for (const FusedLayer& layer : layout_.hidden) {
    space.outputs.emplace_back(kChunkRows * layer.outputs);
  }
  space.transposed.resize(layout_.width() * padded(kChunkRows));
  space.transposed_z.resize(head_.outputs() * padded(kChunkRows));
  space.z.resize(head_.outputs() * kChunkRows);
  return space;
}

const float* FusedModel::features(const ChunkRows& rows, FusedWorkspace& space) const {
  const float* x = rows.observations;
  for (std::size_t l = 0; l < layout_.hidden.size(); ++l) {
    const FusedLayer& layer = layout_.hidden[l];
    float* y = space.outputs[l].data();
    multiply(Factor(x, rows.count, layer.inputs),
             Factor(parameters_.data() + layer.weight, layer.outputs, layer.inputs).transposed(), y,
             layer.outputs);
    kernels_->add_bias_relu(y, parameters_.data() + layer.bias, rows.count, layer.outputs);
    x = y;
  }
  return x;
}

// The last hidden layer comes out of its product turned over; nothing is copied for that.
TransposedRows FusedModel::transposed_features(const ChunkRows& rows, FusedWorkspace& space) const {
  const std::size_t stride = padded(rows.count);
  float* y = space.transposed.data();
  if (stride != rows.count) std::fill_n(y, layout_.width() * stride, 0.0F);
  if (layout_.hidden.empty()) {
    for (std::size_t row = 0; row < rows.count; ++row) {
      for (std::size_t i = 0; i < layout_.width(); ++i) {
        y[i * stride + row] = rows.observations[row * layout_.width() + i];
      }
    }
    return {y, layout_.width(), rows.count, stride};
  }
  const float* x = rows.observations;
  for (std::size_t l = 0; l + 1 < layout_.hidden.size(); ++l) {
    const FusedLayer& layer = layout_.hidden[l];
    float* out = space.outputs[l].data();
    multiply(Factor(x, rows.count, layer.inputs),
             Factor(parameters_.data() + layer.weight, layer.outputs, layer.inputs).transposed(),
             out, layer.outputs);
    kernels_->add_bias_relu(out, parameters_.data() + layer.bias, rows.count, layer.outputs);
    x = out;
  }
  const FusedLayer& layer = layout_.hidden.back();
  multiply(Factor(parameters_.data() + layer.weight, layer.outputs, layer.inputs),
           Factor(x, rows.count, layer.inputs).transposed(), y, stride);
  kernels_->add_line_bias_relu(y, parameters_.data() + layer.bias, layer.outputs, stride);
  return {y, layout_.width(), rows.count, stride};
}

float* FusedModel::make_z(const float* features, std::size_t rows, FusedWorkspace& space) const {
  float* z = space.z.data();
  multiply(Factor(features, rows, head_.width()),
           Factor(head_.weight(), head_.outputs(), head_.width()).transposed(), z, head_.outputs());
  kernels_->add_bias(z, head_.bias(), rows, head_.outputs());
  return z;
}

void FusedModel::predict(const ChunkRows& rows, FusedWorkspace& space, float* values) const {
  const std::size_t actions = head_.shape().action_count;
  const std::size_t outputs = head_.outputs();
  const float* z = make_z(features(rows, space), rows.count, space);
  if (head_.is_smooth()) {
    multiply(Factor(z, rows.count, outputs), Factor(head_.phi(0), actions, outputs).transposed(),
             values, actions);
  } else if (head_.is_branching()) {
    for (std::size_t row = 0; row < rows.count; ++row) {
      expand_branches({z + row * outputs, outputs}, head_.shape().branches,
                      {values + row * actions, actions});
    }
  } else {
    std::copy_n(z, rows.count * actions, values);
  }
}

void FusedModel::cheapest(const ChunkRows& rows, FusedWorkspace& space,
                          std::span<const std::uint32_t> allowed, std::uint32_t* actions) const {
  head_.cheapest(*kernels_, transposed_features(rows, space), allowed, space.transposed_z.data(),
                 actions);
}

float FusedModel::gathered_value(const float* features, std::uint32_t action) const {
  float sum = 0.0F;
  for (const std::uint32_t c : head_.components(action)) {
    sum += kernels_->dot(features, head_.weight() + c * head_.width(), head_.width()) +
           head_.bias()[c];
  }
  return sum / static_cast<float>(head_.terms());
}

void FusedModel::evaluate(const ChunkRows& rows, FusedWorkspace& space,
                          const std::uint32_t* actions, float* values) const {
  const float* f = features(rows, space);
  if (head_.is_smooth()) {
    const float* z = make_z(f, rows.count, space);
    for (std::size_t row = 0; row < rows.count; ++row) {
      values[row] =
          kernels_->dot(z + row * head_.outputs(), head_.phi(actions[row]), head_.outputs());
    }
    return;
  }
  for (std::size_t row = 0; row < rows.count; ++row) {
    values[row] = gathered_value(f + row * head_.width(), actions[row]);
  }
}

}  // namespace flyball
