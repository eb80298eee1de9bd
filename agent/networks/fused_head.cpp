#include "agent/networks/fused_head.h"

#include <algorithm>
#include <numeric>

#include "agent/networks/fused_gemm.h"
#include "env/action_space.h"

namespace flyball {

namespace {

// From lines V, A_1, A_2, ... of `columns` floats to V + A_i - (mean of A_i's group).
void fold(const float* lines, std::size_t columns, std::span<const std::size_t> groups,
          float* folded) {
  const float* advantages = lines + columns;
  for (const std::size_t count : groups) {
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = 0.0;
      for (std::size_t i = 0; i < count; ++i) {
        sum += static_cast<double>(advantages[i * columns + c]);
      }
      const double shift = static_cast<double>(lines[c]) - sum / static_cast<double>(count);
      for (std::size_t i = 0; i < count; ++i) {
        folded[i * columns + c] =
            static_cast<float>(static_cast<double>(advantages[i * columns + c]) + shift);
      }
    }
    advantages += count * columns;
    folded += count * columns;
  }
}

// The transpose of fold(), for gradients.
void unfold_lines(const float* gradient, std::size_t columns, std::span<const std::size_t> groups,
                  float* lines) {
  for (std::size_t c = 0; c < columns; ++c) {
    double all = 0.0;
    std::size_t begin = 0;
    for (const std::size_t count : groups) {
      double sum = 0.0;
      for (std::size_t i = begin; i < begin + count; ++i) {
        sum += static_cast<double>(gradient[i * columns + c]);
      }
      const double mean = sum / static_cast<double>(count);
      for (std::size_t i = begin; i < begin + count; ++i) {
        lines[(i + 1) * columns + c] =
            static_cast<float>(static_cast<double>(gradient[i * columns + c]) - mean);
      }
      all += sum;
      begin += count;
    }
    lines[c] = static_cast<float>(all);
  }
}

}  // namespace

FusedHead::FusedHead(const QNetworkShape& shape, const QNetworkConfig& config, std::size_t width)
    : shape_(shape),
      width_(width),
      is_dueling_(shape.dueling && !shape.phi),
      is_dense_(shape.phi.has_value() || config.cql_alpha > 0.0) {
  if (is_smooth()) {
    outputs_ = shape.phi->shape.at(1);
  } else if (is_branching()) {
    groups_ = shape.branches;
    terms_ = groups_.size();
    outputs_ = std::accumulate(groups_.begin(), groups_.end(), std::size_t{0});
    const ActionSpace space(groups_);
    std::vector<Level> levels(terms_);
    for (std::size_t action = 0; action < space.size(); ++action) {
      space.levels_of(action, levels);
      std::size_t begin = 0;
      for (std::size_t k = 0; k < terms_; ++k) {
        components_.push_back(static_cast<std::uint32_t>(begin + levels[k]));
        begin += groups_[k];
      }
    }
  } else {
    groups_ = {shape.action_count};
    terms_ = 1;
    outputs_ = shape.action_count;
    components_.resize(outputs_);
    std::iota(components_.begin(), components_.end(), 0U);
  }
  everything_.resize(outputs_);
  std::iota(everything_.begin(), everything_.end(), 0U);
  if (is_dueling_) folded_.resize(outputs_ * (width + 1));
}

void FusedHead::refresh(const AlignedFloats& parameters, const FusedLayer& last) {
  weight_ = parameters.data() + last.weight;
  bias_ = parameters.data() + last.bias;
  if (!is_dueling_) return;
  float* folded_bias = folded_.data() + outputs_ * width_;
  fold(weight_, width_, groups_, folded_.data());
  fold(bias_, 1, groups_, folded_bias);
  weight_ = folded_.data();
  bias_ = folded_bias;
}

void FusedHead::unfold(const AlignedFloats& folded, const FusedLayer& last,
                       AlignedFloats& gradients) const {
  float* weight = gradients.data() + last.weight;
  if (!is_dueling_) {
    std::copy(folded.begin(), folded.end(), weight);  // the bias follows in both
    return;
  }
  unfold_lines(folded.data(), width_, groups_, weight);
  unfold_lines(folded.data() + outputs_ * width_, 1, groups_, gradients.data() + last.bias);
}

// Each knob for itself: what is cheapest per knob is cheapest together.
void FusedHead::cheapest_branches(const FusedKernels& kernels, const TransposedRows& features,
                                  std::uint32_t* actions) const {
  std::vector<std::uint32_t> levels(features.rows);
  std::fill_n(actions, features.rows, 0U);
  std::size_t begin = 0;
  for (const std::size_t count : groups_) {
    kernels.lowest(features, {weight_, bias_, everything_.data() + begin, count}, levels.data());
    for (std::size_t row = 0; row < features.rows; ++row) {
      const auto level = levels[row] - static_cast<std::uint32_t>(begin);
      actions[row] = actions[row] * static_cast<std::uint32_t>(count) + level;
    }
    begin += count;
  }
}

void FusedHead::cheapest(const FusedKernels& kernels, const TransposedRows& features,
                         std::span<const std::uint32_t> allowed, float* scratch,
                         std::uint32_t* actions) const {
  if (!is_smooth() && !is_branching()) {
    kernels.lowest(features, {weight_, bias_, allowed.data(), allowed.size()}, actions);
    return;
  }
  if (is_branching() && allowed.size() == shape_.action_count) {
    cheapest_branches(kernels, features, actions);
    return;
  }
  multiply(Factor(weight_, outputs_, width_), Factor(features.values, width_, features.stride),
           scratch, features.stride);
  kernels.add_line_bias(scratch, bias_, outputs_, features.stride);
  const TransposedRows z{scratch, outputs_, features.rows, features.stride};
  if (is_smooth()) {
    kernels.lowest(z, {phi(0), nullptr, allowed.data(), allowed.size()}, actions);
  } else {
    kernels.lowest_sum(z, {components_.data(), terms_, allowed.data(), allowed.size()}, actions);
  }
}

}  // namespace flyball
