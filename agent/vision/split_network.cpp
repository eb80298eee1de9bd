#include "agent/vision/split_network.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "agent/vision/split_functions.h"
#include "agent/vision/split_layout.h"
#include "env/config/check_fields.h"
#include "env/config/fields_json.h"

namespace flyball {

namespace {

std::int64_t as_int(std::size_t value) { return static_cast<std::int64_t>(value); }

torch::Tensor group_norm(const torch::Tensor& x, const torch::Tensor& scale,
                         const torch::Tensor& shift) {
  return torch::group_norm(x, as_int(kSplitGroups), scale, shift);
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

std::vector<float> values_of(const torch::Tensor& tensor) { return copy_of(tensor).values; }

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

}  // namespace

struct SplitNetwork::Impl {
  ImageShape shape;
  SplitNetworkConfig config;
  std::vector<std::pair<std::string, torch::Tensor>> parameters;  // in the order of build()
  std::unique_ptr<torch::optim::Adam> adam;

  bool is_split() const { return config.kind == NetworkKind::kSplit; }

  const torch::Tensor& at(const std::string& name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) return value;
    }
    throw std::logic_error(name + ": no such parameter");
  }

  // Weights uniform within sqrt(6 / fan-in) (He et al. 2015), which suits relu.
  void build(std::uint64_t seed) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    for (const SplitParameter& parameter : split_parameters(shape, config)) {
      std::vector<std::int64_t> sizes;
      double inputs = 1.0;
      for (const std::size_t size : parameter.shape) {
        if (!sizes.empty()) inputs *= static_cast<double>(size);
        sizes.push_back(as_int(size));
      }
      torch::Tensor value;
      if (parameter.role == ParameterRole::kWeight) {
        const double bound = std::sqrt(6.0 / inputs);
        value = torch::empty(sizes).uniform_(-bound, bound, generator);
      } else {
        value = torch::full(sizes, parameter.role == ParameterRole::kScale ? 1.0 : 0.0);
      }
      parameters.emplace_back(parameter.name, value.requires_grad_());
    }
  }

  torch::Tensor images(std::span<const std::uint8_t> pixels) const {
    const std::int64_t size = as_int(shape.rows * shape.columns);
    const torch::Tensor bytes = torch::from_blob(
        const_cast<std::uint8_t*>(pixels.data()),
        {as_int(pixels.size()) / size, 1, as_int(shape.rows), as_int(shape.columns)},
        torch::kUInt8);
    return (bytes.to(torch::kFloat32) / 255.0 - kPixelMean) / kPixelDeviation;
  }

  torch::Tensor extracted(const torch::Tensor& x) const {
    const torch::Tensor map = torch::conv2d(x, at("extractor.conv"), {}, 2, 2);
    return torch::relu(group_norm(map, at("extractor.norm.scale"), at("extractor.norm.shift")));
  }

  torch::Tensor attended(const torch::Tensor& features) const {
    const torch::Tensor inner =
        features * channel_attention(features, at("attention.squeeze"), at("attention.expand"));
    return inner * spatial_attention(inner, at("attention.kernel"));
  }

  torch::Tensor head(const std::string& name, const torch::Tensor& map) const {
    torch::Tensor x = torch::conv2d(map, at(name + ".conv"), {}, 2, 1);
    x = torch::relu(group_norm(x, at(name + ".norm.scale"), at(name + ".norm.shift")));
    x = torch::conv2d(x, at(name + ".conv2"), {}, 1, 1);
    x = torch::relu(group_norm(x, at(name + ".norm2.scale"), at(name + ".norm2.shift")));
    x = torch::max_pool2d(x, 2).flatten(1);
    return torch::addmm(at(name + ".bias"), x, at(name + ".linear").t());
  }

  // A scalar tensor between 0 and 1.
  torch::Tensor lambda(std::size_t kept) const {
    if (kept == 0) return torch::zeros({1});
    if (kept == config.channels) return torch::ones({1});
    if (config.lambda_rule == LambdaRule::kFixed) return torch::full({1}, config.lambda);
    torch::Tensor logit = at("lambda.offset");
    if (config.lambda_rule == LambdaRule::kByKept) {
      const double share = static_cast<double>(kept) / static_cast<double>(config.channels);
      logit = logit + at("lambda.slope") * (2.0 * share - 1.0);
    }
    return torch::sigmoid(kLambdaGain * logit);
  }

  struct Answers {
    torch::Tensor local;
    torch::Tensor remote;
    torch::Tensor importance;
  };

  Answers answers(const torch::Tensor& x, std::size_t kept, SentAs sent) const {
    const torch::Tensor features = extracted(x);
    if (!is_split()) return {{}, head("remote", features), {}};
    const torch::Tensor map = attended(features);
    const torch::Tensor importance = channel_importance(map);
    const torch::Tensor stays = kept_channels(importance, as_int(kept));
    torch::Tensor rest = map * (1.0 - stays);
    if (sent == SentAs::kIntegers) rest = through_integers(rest, as_int(config.bits));
    return {head("local", map * stays), head("remote", rest), importance};
  }

  torch::Tensor loss(const Answers& answers, const torch::Tensor& labels, std::size_t kept,
                     const SplitTrainConfig& weights) const {
    if (!is_split()) return torch::cross_entropy_loss(answers.remote, labels);
    const torch::Tensor share = lambda(kept);
    const torch::Tensor fused = share * answers.local + (1.0 - share) * answers.remote;
    torch::Tensor sum = torch::cross_entropy_loss(fused, labels);
    if (kept > 0) {
      sum = sum + weights.own_weight * torch::cross_entropy_loss(answers.local, labels);
    }
    if (kept < config.channels) {
      sum = sum + weights.own_weight * torch::cross_entropy_loss(answers.remote, labels);
    }
    return sum + weights.skewness_weight * skewness_hinge(answers.importance,
                                                          as_int(weights.skewness_top),
                                                          weights.skewness_target);
  }

  void require_kept(std::size_t kept) const {
    if (kept > config.channels) {
      refuse(fmt::format("kept = {}: at most {} channels expected", kept, config.channels));
    }
  }

  torch::optim::Adam& optimiser() {
    if (!adam) {
      std::vector<torch::Tensor> all;
      for (const auto& [name, value] : parameters) all.push_back(value);
      adam = std::make_unique<torch::optim::Adam>(all, torch::optim::AdamOptions(1e-3));
    }
    return *adam;
  }
};

SplitNetwork::SplitNetwork(const ImageShape& shape, const SplitNetworkConfig& config,
                           std::uint64_t seed)
    : impl_(std::make_unique<Impl>()) {
  check_fields(shape, "image");
  validate(config);
  impl_->shape = shape;
  impl_->config = config;
  impl_->build(seed);
}

SplitNetwork::SplitNetwork(const Safetensors& file) : impl_(std::make_unique<Impl>()) {
  const SplitHeader header = read_split_header(file);
  impl_->shape = header.shape;
  impl_->config = header.config;
  impl_->build(0);
  const torch::NoGradGuard no_gradient;
  for (auto& [name, value] : impl_->parameters) {
    const std::vector<float>& values = file.tensors.at(name).values;
    std::copy(values.begin(), values.end(), value.data_ptr<float>());
  }
}

SplitNetwork::~SplitNetwork() = default;
SplitNetwork::SplitNetwork(SplitNetwork&&) noexcept = default;
SplitNetwork& SplitNetwork::operator=(SplitNetwork&&) noexcept = default;

const SplitNetworkConfig& SplitNetwork::config() const { return impl_->config; }
const ImageShape& SplitNetwork::shape() const { return impl_->shape; }

double SplitNetwork::fit(const SplitBatch& batch, const SplitTrainConfig& config) {
  impl_->require_kept(batch.kept);
  const torch::Tensor labels = torch::from_blob(const_cast<std::uint8_t*>(batch.labels.data()),
                                                {as_int(batch.labels.size())}, torch::kUInt8)
                                   .to(torch::kInt64);
  torch::optim::Adam& adam = impl_->optimiser();
  static_cast<torch::optim::AdamOptions&>(adam.param_groups()[0].options()).lr(batch.learning_rate);
  adam.zero_grad();
  const torch::Tensor x = impl_->images(batch.pixels);
  const torch::Tensor loss =
      impl_->loss(impl_->answers(x, batch.kept, SentAs::kIntegers), labels, batch.kept, config);
  loss.backward();
  adam.step();
  return loss.item<double>();
}

SplitScores SplitNetwork::scores(std::span<const std::uint8_t> pixels, std::size_t kept,
                                 SentAs sent) const {
  impl_->require_kept(kept);
  const torch::InferenceMode inference;
  const Impl::Answers answers = impl_->answers(impl_->images(pixels), kept, sent);
  SplitScores scores;
  if (answers.local.defined()) scores.local = values_of(answers.local);
  scores.remote = values_of(answers.remote);
  return scores;
}

std::vector<float> SplitNetwork::importance(std::span<const std::uint8_t> pixels) const {
  const torch::InferenceMode inference;
  const torch::Tensor features = impl_->extracted(impl_->images(pixels));
  const torch::Tensor map = impl_->is_split() ? impl_->attended(features) : features;
  return values_of(channel_importance(map));
}

double SplitNetwork::lambda(std::size_t kept) const {
  impl_->require_kept(kept);
  if (!impl_->is_split()) return 0.0;
  const torch::InferenceMode inference;
  return impl_->lambda(kept).item<double>();
}

SplitNetwork::Operations SplitNetwork::operations() const {
  const auto size = [this](const std::string& name) {
    return static_cast<double>(impl_->at(name).numel());
  };
  const ImageShape& image = impl_->shape;
  const auto map = static_cast<double>(split_map(image).area());
  const auto inner = static_cast<double>(head_map(image).area());
  const auto head = [&](const std::string& name) {
    return inner * (size(name + ".conv") + size(name + ".conv2")) + size(name + ".linear");
  };
  Operations count;
  count.extractor = map * size("extractor.conv");
  if (impl_->is_split()) {
    const double applied = 2.0 * map * static_cast<double>(impl_->config.channels);
    count.attention = 2.0 * (size("attention.squeeze") + size("attention.expand")) +
                      map * size("attention.kernel") + applied;
    count.local = head("local");
  }
  count.remote = head("remote");
  return count;
}

Safetensors SplitNetwork::to_safetensors() const {
  Safetensors file;
  const auto text = [](const auto& config) {
    return fields_to_json<nlohmann::ordered_json>(config).dump();
  };
  file.metadata = {
      {"format", kSplitFormat}, {"image", text(impl_->shape)}, {"network", text(impl_->config)}};
  for (const auto& [name, value] : impl_->parameters) file.tensors[name] = copy_of(value);
  return file;
}

}  // namespace flyball
