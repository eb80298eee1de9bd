#include "agent/networks/q_network.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "env/config/check_fields.h"
#include "policies/head.h"

namespace flyball {

namespace {

// A view of a contiguous column of floats; valid while the column is.
torch::Tensor view(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  return torch::from_blob(const_cast<float*>(values.data()), {rows, columns}, torch::kFloat32);
}

torch::Tensor view(std::span<const std::int64_t> values) {
  return torch::from_blob(const_cast<std::int64_t*>(values.data()),
                          {static_cast<std::int64_t>(values.size())}, torch::kInt64);
}

Tensor copy_of(const torch::Tensor& tensor) {
  const torch::Tensor contiguous = tensor.detach().contiguous();
  Tensor copy;
  for (const std::int64_t size : contiguous.sizes()) {
    copy.shape.push_back(static_cast<std::size_t>(size));
  }
  const float* data = contiguous.data_ptr<float>();
  copy.values.assign(data, data + contiguous.numel());
  return copy;
}

// How the optimiser finds a parameter's state; a text up to LibTorch 2.0, the pointer after it.
template <typename States>
auto adam_key(const torch::Tensor& parameter) {
  using Key = typename std::remove_reference_t<States>::key_type;
  if constexpr (std::is_same_v<Key, std::string>) {
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

// What Adam itself begins with.
std::unique_ptr<torch::optim::AdamParamState> fresh_adam_state(const torch::Tensor& parameter) {
  auto state = std::make_unique<torch::optim::AdamParamState>();
  state->step(0);
  state->exp_avg(torch::zeros_like(parameter));
  state->exp_avg_sq(torch::zeros_like(parameter));
  return state;
}

std::int64_t as_int(std::size_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

void validate(const QNetworkConfig& config) { check_fields(config, "network"); }

struct QNetwork::Impl {
  QNetworkShape shape;
  QNetworkConfig config;
  std::uint64_t seed = 0;
  std::vector<torch::Tensor> weights;  // [out, in]
  std::vector<torch::Tensor> biases;
  torch::Tensor phi;          // undefined for the joint head
  torch::Tensor cql_penalty;  // [1, actions]: 0 where supported, minus infinity elsewhere
  std::unique_ptr<torch::optim::Adam> adam;

  std::vector<torch::Tensor> parameters() const {
    std::vector<torch::Tensor> all;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      all.push_back(weights[i]);
      all.push_back(biases[i]);
    }
    return all;
  }

  void add_layer(std::size_t inputs, std::size_t outputs, at::Generator& generator) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
    const auto draw = [&](at::IntArrayRef sizes) {
      return torch::empty(sizes).uniform_(-bound, bound, generator).requires_grad_();
    };
    weights.push_back(draw({as_int(outputs), as_int(inputs)}));
    biases.push_back(draw({as_int(outputs)}));
  }

  // The groups whose means dueling takes off; for the branching head its branches.
  std::vector<std::size_t> groups() const {
    return shape.branches.empty() ? std::vector<std::size_t>{shape.action_count} : shape.branches;
  }

  std::size_t output_count() const {
    if (shape.phi) return shape.phi->shape.at(1);
    std::size_t count = shape.dueling ? 1 : 0;
    for (const std::size_t size : groups()) count += size;
    return count;
  }

  void build() {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    std::size_t width = shape.observation_size;
    for (const std::size_t next : config.hidden) {
      add_layer(width, next, generator);
      width = next;
    }
    add_layer(width, output_count(), generator);
    if (shape.phi) {
      phi =
          view(shape.phi->values, as_int(shape.phi->shape[0]), as_int(shape.phi->shape[1])).clone();
    }
    if (!shape.support.empty()) {
      cql_penalty = torch::zeros({1, as_int(shape.action_count)});
      float* penalty = cql_penalty.data_ptr<float>();
      for (std::size_t i = 0; i < shape.action_count; ++i) {
        if (shape.support[i] == 0) penalty[i] = -std::numeric_limits<float>::infinity();
      }
    }
    adam = std::make_unique<torch::optim::Adam>(
        parameters(),
        torch::optim::AdamOptions(config.learning_rate).weight_decay(config.weight_decay));
  }

  // The last layer's outputs without dueling: h of the smooth head, the values of the joint head,
  // the branches' values one after the other.
  torch::Tensor outputs(torch::Tensor x) const {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      x = torch::addmm(biases[i], x, weights[i].t());
      if (i + 1 < weights.size()) x = torch::relu(x);
    }
    if (!shape.dueling) return x;
    const torch::Tensor value = x.narrow(1, 0, 1);
    std::vector<torch::Tensor> parts;
    std::int64_t begin = 1;
    for (const std::size_t size : groups()) {
      const torch::Tensor advantage = x.narrow(1, begin, as_int(size));
      parts.push_back(value + advantage - advantage.mean(1, true));
      begin += as_int(size);
    }
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 1);
  }

  // Of every joint action.
  torch::Tensor values(const torch::Tensor& outputs) const {
    if (phi.defined()) return torch::mm(outputs, phi.t());
    if (shape.branches.empty()) return outputs;
    const std::int64_t rows = outputs.size(0);
    torch::Tensor sum = torch::zeros({rows, 1});
    std::int64_t begin = 0;
    for (const std::size_t size : shape.branches) {
      const torch::Tensor branch = outputs.narrow(1, begin, as_int(size));
      sum = (sum.unsqueeze(2) + branch.unsqueeze(1)).reshape({rows, -1});
      begin += as_int(size);
    }
    return sum / static_cast<double>(shape.branches.size());
  }

  // The branches' values at the levels of the joint actions, [rows, knobs].
  torch::Tensor chosen_branches(const torch::Tensor& outputs,
                                std::span<const std::int64_t> actions) const {
    const std::size_t knobs = shape.branches.size();
    std::vector<std::int64_t> columns(actions.size() * knobs);
    for (std::size_t row = 0; row < actions.size(); ++row) {
      std::int64_t rest = actions[row];
      std::int64_t end = outputs.size(1);
      for (std::size_t k = knobs; k-- > 0;) {
        const std::int64_t count = as_int(shape.branches[k]);
        end -= count;
        columns[row * knobs + k] = end + rest % count;
        rest /= count;
      }
    }
    // Autograd keeps the index: it must own its memory.
    const torch::Tensor index = view(columns).clone();
    return outputs.gather(1, index.view({as_int(actions.size()), as_int(knobs)}));
  }

  // Only the chosen actions' values, [rows] or, for the branching head, [rows, knobs]: the wide
  // product is never made.
  torch::Tensor chosen(const torch::Tensor& outputs, std::span<const std::int64_t> actions) const {
    if (!shape.branches.empty()) return chosen_branches(outputs, actions);
    const torch::Tensor index = view(actions);
    if (phi.defined()) return (outputs * phi.index_select(0, index)).sum(1);
    return outputs.gather(1, index.unsqueeze(1)).squeeze(1);
  }

  // Huber's loss of each row. `chosen` as from chosen(), `values` its mean over knobs.
  torch::Tensor loss(const torch::Tensor& chosen, const torch::Tensor& values,
                     const torch::Tensor& targets) const {
    const auto huber = [this](const torch::Tensor& predicted, const torch::Tensor& wanted) {
      return torch::huber_loss(predicted, wanted, at::Reduction::None, config.huber_delta);
    };
    if (shape.branches.empty() || config.branch_loss == BranchLoss::kJoint) {
      return huber(values, targets);
    }
    return huber(chosen, targets.unsqueeze(1).expand_as(chosen)).mean(1);
  }

  // CQL(H), for costs: the soft minimum over all actions may not lie below the logged action.
  torch::Tensor conservative(const torch::Tensor& outputs,
                             const torch::Tensor& chosen_values) const {
    torch::Tensor all = -values(outputs);
    if (cql_penalty.defined()) all = all + cql_penalty;
    return (torch::logsumexp(all, 1) + chosen_values).mean();
  }
};

QNetwork::QNetwork(const QNetworkShape& shape, const QNetworkConfig& config, std::uint64_t seed)
    : impl_(std::make_unique<Impl>()) {
  validate(config);
  if (shape.observation_size == 0 || shape.action_count == 0) {
    throw std::invalid_argument("a network needs an observation and an action");
  }
  if (shape.phi && shape.phi->shape.at(0) != shape.action_count) {
    throw std::invalid_argument("phi: one row per joint action expected");
  }
  if (!shape.branches.empty()) {
    std::size_t product = 1;
    for (const std::size_t count : shape.branches) product *= count;
    if (shape.phi || product != shape.action_count) {
      throw std::invalid_argument(
          "branches: levels whose product is the number of joint actions "
          "and no phi expected");
    }
  }
  impl_->shape = shape;
  if (shape.phi) impl_->shape.dueling = false;
  impl_->config = config;
  impl_->seed = seed;
  impl_->build();
}

QNetwork::~QNetwork() = default;

std::size_t QNetwork::action_count() const { return impl_->shape.action_count; }

void QNetwork::predict(std::span<const float> observations, std::span<float> values) {
  const torch::InferenceMode inference;
  const auto size = as_int(impl_->shape.observation_size);
  const std::int64_t rows = as_int(observations.size()) / size;
  const torch::Tensor result =
      impl_->values(impl_->outputs(view(observations, rows, size))).contiguous();
  std::copy_n(result.data_ptr<float>(), values.size(), values.data());
}

double QNetwork::fit(const FitRows& rows, std::span<float> errors) {
  const auto size = as_int(impl_->shape.observation_size);
  const auto count = as_int(rows.actions.size());
  const torch::Tensor targets = view(rows.targets, 1, count).squeeze(0);
  const torch::Tensor outputs = impl_->outputs(view(rows.observations, count, size));
  const torch::Tensor chosen = impl_->chosen(outputs, rows.actions);
  const torch::Tensor values = chosen.dim() == 2 ? chosen.mean(1) : chosen;
  const torch::Tensor each = impl_->loss(chosen, values, targets);
  torch::Tensor loss = (each * view(rows.weights, 1, count).squeeze(0)).mean();
  const double reported = loss.item<double>();
  if (impl_->config.cql_alpha > 0.0) {
    loss = loss + impl_->config.cql_alpha * impl_->conservative(outputs, values);
  }
  impl_->adam->zero_grad();
  loss.backward();
  torch::nn::utils::clip_grad_norm_(impl_->parameters(), impl_->config.gradient_norm);
  impl_->adam->step();
  const torch::Tensor difference = (targets - values.detach()).contiguous();
  std::copy_n(difference.data_ptr<float>(), errors.size(), errors.data());
  return reported;
}

void QNetwork::follow(const QFunction& other, double tau) {
  const torch::NoGradGuard no_gradient;
  const auto theirs = dynamic_cast<const QNetwork&>(other).impl_->parameters();
  auto ours = impl_->parameters();
  for (std::size_t i = 0; i < ours.size(); ++i) ours[i].lerp_(theirs[i], tau);
}

std::unique_ptr<QFunction> QNetwork::clone() const {
  auto copy = std::make_unique<QNetwork>(impl_->shape, impl_->config, impl_->seed);
  copy->follow(*this, 1.0);
  return copy;
}

void QNetwork::visit_state(StateVisitor& visitor, const std::string& name) {
  const torch::NoGradGuard no_gradient;
  const auto visit = [&](const std::string& field, torch::Tensor& tensor) {
    visit_values(
        visitor, field,
        std::span<float>(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())));
  };
  auto& states = impl_->adam->state();
  std::size_t index = 0;
  for (torch::Tensor& parameter : impl_->parameters()) {
    const std::string field = fmt::format("{}.{}", name, index++);
    visit(field, parameter);
    auto& state = states[adam_key<decltype(impl_->adam->state())>(parameter)];
    if (!state) state = fresh_adam_state(parameter);
    auto& adam = static_cast<torch::optim::AdamParamState&>(*state);
    std::int64_t step = adam.step();
    visit_value(visitor, field + ".adam_step", step);
    adam.step(step);
    visit(field + ".adam_mean", adam.exp_avg());
    visit(field + ".adam_square", adam.exp_avg_sq());
  }
}

std::map<std::string, Tensor> QNetwork::tensors(const std::string& name) const {
  std::map<std::string, Tensor> all;
  for (std::size_t i = 0; i < impl_->weights.size(); ++i) {
    all[fmt::format("{}.{}.weight", name, i)] = copy_of(impl_->weights[i]);
    all[fmt::format("{}.{}.bias", name, i)] = copy_of(impl_->biases[i]);
  }
  if (impl_->shape.dueling) {
    const std::string last = fmt::format("{}.{}", name, impl_->weights.size() - 1);
    fold_dueling(all[last + ".weight"], all[last + ".bias"], impl_->groups());
  }
  if (impl_->shape.phi) all[name + ".phi"] = *impl_->shape.phi;
  return all;
}

std::map<std::string, Tensor> QNetwork::parameters() const {
  std::map<std::string, Tensor> all;
  for (std::size_t i = 0; i < impl_->weights.size(); ++i) {
    all[fmt::format("{}.weight", i)] = copy_of(impl_->weights[i]);
    all[fmt::format("{}.bias", i)] = copy_of(impl_->biases[i]);
  }
  return all;
}

std::map<std::string, Tensor> QNetwork::gradients() const {
  const auto gradient_of = [](const torch::Tensor& parameter) {
    return copy_of(parameter.grad().defined() ? parameter.grad() : torch::zeros_like(parameter));
  };
  std::map<std::string, Tensor> all;
  for (std::size_t i = 0; i < impl_->weights.size(); ++i) {
    all[fmt::format("{}.weight", i)] = gradient_of(impl_->weights[i]);
    all[fmt::format("{}.bias", i)] = gradient_of(impl_->biases[i]);
  }
  return all;
}

std::map<std::string, double> QNetwork::gradient_norms() const {
  std::map<std::string, double> norms;
  for (std::size_t i = 0; i < impl_->weights.size(); ++i) {
    const auto norm = [](const torch::Tensor& parameter) {
      return parameter.grad().defined() ? parameter.grad().norm().item<double>() : 0.0;
    };
    norms[fmt::format("{}.weight", i)] = norm(impl_->weights[i]);
    norms[fmt::format("{}.bias", i)] = norm(impl_->biases[i]);
  }
  return norms;
}

void set_torch_threads(int threads) { torch::set_num_threads(threads); }

std::string blas_name() {
  using GetConfig = char* (*)();
  const auto get_config = reinterpret_cast<GetConfig>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return get_config != nullptr ? get_config() : "reference BLAS";
}

bool is_reference_blas() { return dlsym(RTLD_DEFAULT, "openblas_get_config") == nullptr; }

}  // namespace flyball
