#include "agent/networks/fused_step.h"

#include <algorithm>
#include <cmath>

#include "agent/networks/fused_conservative.h"
#include "agent/networks/fused_gemm.h"

namespace flyball {

namespace {

constexpr std::size_t kBlock = 4096;  // parameters that one thread sums or moves at a time

float huber(float error, float delta) {
  const float size = std::abs(error);
  return size <= delta ? 0.5F * error * error : delta * (size - 0.5F * delta);
}

float huber_slope(float error, float delta) { return std::clamp(error, -delta, delta); }

}  // namespace

FusedStep::FusedStep(const FusedModel& model, std::shared_ptr<WorkerTeam> team)
    : team_(std::move(team)),
      gradients_(model.layout().size),
      first_moments_(model.layout().size),
      second_moments_(model.layout().size),
      terms_(std::max<std::size_t>(model.head().terms(), 1)),
      folded_gradients_(model.head().outputs() * (model.head().width() + 1)) {
  workspaces_.resize(team_->threads());
  std::size_t widest = model.observation_size();
  for (const FusedLayer& layer : model.layout().hidden) widest = std::max(widest, layer.outputs);
  const std::size_t actions = model.head().shape().action_count;
  const bool makes_values = model.config().cql_alpha > 0.0;
  for (Workspace& space : workspaces_) {
    space.forward = model.workspace();
    space.z_gradient.resize(model.head().is_dense() ? kChunkRows * model.head().outputs() : 0);
    space.values.resize(makes_values ? kChunkRows * actions : 0);
    space.gradient.resize(kChunkRows * widest);
    space.below.resize(kChunkRows * widest);
    space.terms.resize(terms_);
  }
}

void FusedStep::visit_state(StateVisitor& visitor, const std::string& name) {
  visit_value(visitor, name + ".adam_step", steps_);
  visit_values(visitor, name + ".adam_mean", std::span<float>(first_moments_));
  visit_values(visitor, name + ".adam_square", std::span<float>(second_moments_));
}

void FusedStep::reserve(const FusedModel& model, std::size_t rows) {
  const FusedHead& head = model.head();
  results_.resize(chunk_count(rows));
  const std::size_t last = head.is_dense() ? head.outputs() * (head.width() + 1) : 0;
  for (ChunkResult& result : results_) {
    result.gradients.resize(model.layout().hidden_size() + last);
  }
  features_.resize(head.is_dense() ? 0 : rows * head.width());
  term_gradients_.resize(rows * terms_);
}

double FusedStep::fit(FusedModel& model, const FitRows& rows, std::span<float> errors) {
  const Batch batch{model, rows, errors};
  reserve(model, batch.size());
  const std::size_t chunks = chunk_count(batch.size());
  team_->for_each(chunks, [&](std::size_t chunk, std::size_t thread) {
    fit_chunk(batch, model.chunk(rows.observations, chunk), workspaces_[thread], results_[chunk]);
  });
  sum_chunks(model, chunks);
  if (!model.head().is_dense()) sum_gathered(batch);
  model.head().unfold(folded_gradients_, model.layout().last, gradients_);
  adam(model, clip(model));
  double loss = 0.0;
  for (const ChunkResult& result : results_) loss += result.loss;
  return loss / static_cast<double>(batch.size());
}

void FusedStep::fit_chunk(const Batch& batch, const ChunkRows& rows, Workspace& space,
                          ChunkResult& result) {
  const float* features = batch.model.features(rows, space.forward);
  if (batch.model.head().is_dense()) {
    result.loss = fit_dense(batch, rows, features, space);
    back_through_last(batch, rows, features, space, result);
  } else {
    result.loss = fit_gathered(batch, rows, features, space);
  }
  back_through_hidden(batch.model, rows, space, result.gradients);
}

// From the components of the row's action to its error, its loss and the components' gradients.
double FusedStep::fit_row(const Batch& batch, std::size_t row, std::span<const float> terms) {
  const QNetworkConfig& config = batch.model.config();
  const auto delta = static_cast<float>(config.huber_delta);
  const auto rows = static_cast<float>(batch.size());
  const auto count = static_cast<float>(terms.size());
  float value = 0.0F;
  for (const float term : terms) value += term;
  value /= count;
  const float target = batch.rows.targets[row];
  const float weight = batch.rows.weights[row];
  batch.errors[row] = target - value;
  const bool is_each = batch.model.head().is_branching() && config.branch_loss == BranchLoss::kEach;
  const float conservative = static_cast<float>(config.cql_alpha) / rows / count;
  float loss = 0.0F;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    const float error = (is_each ? terms[t] : value) - target;
    loss += huber(error, delta) / count;
    term_gradients_[row * terms_ + t] =
        weight / rows / count * huber_slope(error, delta) + conservative;
  }
  return static_cast<double>(loss) * static_cast<double>(weight);
}

double FusedStep::fit_gathered(const Batch& batch, const ChunkRows& rows, const float* features,
                               Workspace& space) {
  const FusedHead& head = batch.model.head();
  const FusedKernels& kernels = batch.model.kernels();
  const std::size_t width = head.width();
  std::copy_n(features, rows.count * width, features_.data() + rows.first * width);
  double loss = 0.0;
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::size_t row = rows.first + i;
    const auto components = head.components(static_cast<std::size_t>(batch.rows.actions[row]));
    for (std::size_t t = 0; t < terms_; ++t) {
      const std::size_t c = components[t];
      space.terms[t] =
          kernels.dot(features + i * width, head.weight() + c * width, width) + head.bias()[c];
    }
    loss += fit_row(batch, row, space.terms);
    float* gradient = space.gradient.data() + i * width;
    std::fill_n(gradient, width, 0.0F);
    for (std::size_t t = 0; t < terms_; ++t) {
      kernels.add_scaled(gradient, head.weight() + components[t] * width,
                         term_gradients_[row * terms_ + t], width);
    }
  }
  return loss;
}

double FusedStep::fit_dense(const Batch& batch, const ChunkRows& rows, const float* features,
                            Workspace& space) {
  const FusedHead& head = batch.model.head();
  const std::size_t outputs = head.outputs();
  float* z = batch.model.make_z(features, rows.count, space.forward);
  double loss = 0.0;
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::size_t row = rows.first + i;
    const auto action = static_cast<std::size_t>(batch.rows.actions[row]);
    const float* of_row = z + i * outputs;
    if (head.is_smooth()) {
      space.terms[0] = batch.model.kernels().dot(of_row, head.phi(action), outputs);
    } else {
      const auto components = head.components(action);
      for (std::size_t t = 0; t < terms_; ++t) space.terms[t] = of_row[components[t]];
    }
    loss += fit_row(batch, row, space.terms);
  }
  const double alpha = batch.model.config().cql_alpha;
  if (alpha > 0.0) {
    const auto factor = static_cast<float>(-alpha / static_cast<double>(batch.size()));
    conservative_gradient(batch.model,
                          {rows.count, factor, z, space.values.data(), space.z_gradient.data()});
  } else {
    std::fill_n(space.z_gradient.data(), rows.count * outputs, 0.0F);
  }
  add_chosen(batch, rows, space);
  return loss;
}

void FusedStep::add_chosen(const Batch& batch, const ChunkRows& rows, Workspace& space) const {
  const FusedHead& head = batch.model.head();
  for (std::size_t i = 0; i < rows.count; ++i) {
    const std::size_t row = rows.first + i;
    const auto action = static_cast<std::size_t>(batch.rows.actions[row]);
    float* gradient = space.z_gradient.data() + i * head.outputs();
    if (head.is_smooth()) {
      batch.model.kernels().add_scaled(gradient, head.phi(action), term_gradients_[row],
                                       head.outputs());
      continue;
    }
    const auto components = head.components(action);
    for (std::size_t t = 0; t < terms_; ++t) {
      gradient[components[t]] += term_gradients_[row * terms_ + t];
    }
  }
}

// Of a dense head: the folded last layer's gradient, and that of the features.
void FusedStep::back_through_last(const Batch& batch, const ChunkRows& rows, const float* features,
                                  Workspace& space, ChunkResult& result) const {
  const FusedHead& head = batch.model.head();
  const Factor z_gradient(space.z_gradient.data(), rows.count, head.outputs());
  float* weight = result.gradients.data() + batch.model.layout().hidden_size();
  multiply(z_gradient.transposed(), Factor(features, rows.count, head.width()), weight,
           head.width());
  batch.model.kernels().column_sums(space.z_gradient.data(), rows.count, head.outputs(),
                                    weight + head.outputs() * head.width());
  multiply(z_gradient, Factor(head.weight(), head.outputs(), head.width()), space.gradient.data(),
           head.width());
}

void FusedStep::back_through_hidden(const FusedModel& model, const ChunkRows& rows,
                                    Workspace& space, AlignedFloats& gradients) const {
  const std::vector<FusedLayer>& hidden = model.layout().hidden;
  for (std::size_t l = hidden.size(); l-- > 0;) {
    const FusedLayer& layer = hidden[l];
    float* gradient = space.gradient.data();
    model.kernels().relu_gradient(gradient, space.forward.outputs[l].data(),
                                  rows.count * layer.outputs);
    const float* inputs = l > 0 ? space.forward.outputs[l - 1].data() : rows.observations;
    const Factor of_outputs(gradient, rows.count, layer.outputs);
    multiply(of_outputs.transposed(), Factor(inputs, rows.count, layer.inputs),
             gradients.data() + layer.weight, layer.inputs);
    model.kernels().column_sums(gradient, rows.count, layer.outputs, gradients.data() + layer.bias);
    if (l == 0) return;
    multiply(of_outputs,
             Factor(model.parameters().data() + layer.weight, layer.outputs, layer.inputs),
             space.below.data(), layer.inputs);
    space.gradient.swap(space.below);
  }
}

void FusedStep::sum_chunks(const FusedModel& model, std::size_t chunks) {
  const auto add_up = [&](std::size_t offset, float* sums, std::size_t size) {
    std::copy_n(results_[0].gradients.data() + offset, size, sums);
    for (std::size_t chunk = 1; chunk < chunks; ++chunk) {
      model.kernels().add_scaled(sums, results_[chunk].gradients.data() + offset, 1.0F, size);
    }
  };
  const std::size_t hidden = model.layout().hidden_size();
  add_up(0, gradients_.data(), hidden);
  if (model.head().is_dense()) {
    add_up(hidden, folded_gradients_.data(), folded_gradients_.size());
  }
}

// Of a gathered head only some lines have a gradient: those of the last step are cleared, and each
// row adds to those of its action, in the rows' order.
void FusedStep::sum_gathered(const Batch& batch) {
  const FusedHead& head = batch.model.head();
  const std::size_t width = head.width();
  float* bias = folded_gradients_.data() + head.outputs() * width;
  for (const std::uint32_t c : touched_) {
    std::fill_n(folded_gradients_.data() + c * width, width, 0.0F);
    bias[c] = 0.0F;
  }
  touched_.clear();
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const auto components = head.components(static_cast<std::size_t>(batch.rows.actions[row]));
    for (std::size_t t = 0; t < terms_; ++t) {
      const std::uint32_t c = components[t];
      const float gradient = term_gradients_[row * terms_ + t];
      batch.model.kernels().add_scaled(folded_gradients_.data() + c * width,
                                       features_.data() + row * width, gradient, width);
      bias[c] += gradient;
      touched_.push_back(c);
    }
  }
}

// The factor that brings the gradients' common norm down to the limit (clip_grad_norm_).
float FusedStep::clip(const FusedModel& model) {
  double squares = 0.0;
  for (std::size_t begin = 0; begin < gradients_.size(); begin += kBlock) {
    const std::size_t size = std::min(kBlock, gradients_.size() - begin);
    squares += model.kernels().sum_of_squares(gradients_.data() + begin, size);
  }
  const double factor = model.config().gradient_norm / (std::sqrt(squares) + 1e-6);
  return static_cast<float>(std::min(factor, 1.0));
}

void FusedStep::adam(FusedModel& model, float gradient_scale) {
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double first = 1.0 - std::pow(0.9, t);
  const double second = 1.0 - std::pow(0.999, t);
  AdamStep step;
  step.gradient_scale = gradient_scale;
  step.weight_decay = static_cast<float>(model.config().weight_decay);
  step.step_size = static_cast<float>(model.config().learning_rate / first);
  step.inverse_root = static_cast<float>(1.0 / std::sqrt(second));
  const std::size_t blocks = (gradients_.size() + kBlock - 1) / kBlock;
  team_->for_each(blocks, [&](std::size_t block, std::size_t) {
    const std::size_t begin = block * kBlock;
    model.kernels().adam({model.parameters().data() + begin, gradients_.data() + begin,
                          first_moments_.data() + begin, second_moments_.data() + begin,
                          std::min(kBlock, gradients_.size() - begin)},
                         step);
  });
  model.changed();
}

}  // namespace flyball
