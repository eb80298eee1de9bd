#include "agent/networks/fused_conservative.h"

#include <algorithm>

#include "agent/networks/fused_gemm.h"
#include "policies/head.h"

namespace flyball {

namespace {

// values -> factor * softmax(-values) over the supported actions.
void weigh(const FusedModel& model, float factor, float* values, std::size_t size) {
  const std::vector<std::uint8_t>& support = model.head().shape().support;
  const std::uint8_t* allowed = support.empty() ? nullptr : support.data();
  float lowest = 0.0F;
  bool found = false;
  for (std::size_t a = 0; a < size; ++a) {
    if (allowed != nullptr && allowed[a] == 0) continue;
    lowest = found ? std::min(lowest, values[a]) : values[a];
    found = true;
  }
  const float sum = model.kernels().soft_minimum(values, allowed, lowest, size);
  for (std::size_t a = 0; a < size; ++a) values[a] *= factor / sum;
}

void branches_gradient(const FusedModel& model, const ConservativeRows& rows) {
  const FusedHead& head = model.head();
  const std::size_t actions = head.shape().action_count;
  const float share = 1.0F / static_cast<float>(head.terms());
  std::fill_n(rows.z_gradient, rows.count * head.outputs(), 0.0F);
  for (std::size_t row = 0; row < rows.count; ++row) {
    const std::span<const float> z(rows.z + row * head.outputs(), head.outputs());
    expand_branches(z, head.shape().branches, {rows.values, actions});
    weigh(model, share * rows.factor, rows.values, actions);
    float* gradient = rows.z_gradient + row * head.outputs();
    for (std::size_t a = 0; a < actions; ++a) {
      for (const std::uint32_t c : head.components(a)) gradient[c] += rows.values[a];
    }
  }
}

void smooth_gradient(const FusedModel& model, const ConservativeRows& rows) {
  const FusedHead& head = model.head();
  const std::size_t actions = head.shape().action_count;
  const Factor phi(head.phi(0), actions, head.outputs());
  multiply(Factor(rows.z, rows.count, head.outputs()), phi.transposed(), rows.values, actions);
  for (std::size_t row = 0; row < rows.count; ++row) {
    weigh(model, rows.factor, rows.values + row * actions, actions);
  }
  multiply(Factor(rows.values, rows.count, actions), phi, rows.z_gradient, head.outputs());
}

}  // namespace

void conservative_gradient(const FusedModel& model, const ConservativeRows& rows) {
  const FusedHead& head = model.head();
  if (head.is_branching()) return branches_gradient(model, rows);
  if (head.is_smooth()) return smooth_gradient(model, rows);
  for (std::size_t row = 0; row < rows.count; ++row) {
    weigh(model, rows.factor, rows.z + row * head.outputs(), head.outputs());
  }
  std::copy_n(rows.z, rows.count * head.outputs(), rows.z_gradient);
}

}  // namespace flyball
