#include "agent/vision/split_runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace flyball {

namespace {

constexpr float kSmallest = 1e-12F;  // keeps an empty map's scale and sum from being 0

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

FeatureMap zeros(std::size_t channels, MapSize size) {
  return {channels, size, std::vector<float>(channels * size.area(), 0.0F)};
}

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

// What a convolution does to a map, besides its weights.
struct Window {
  std::size_t width = 3;
  std::size_t stride = 1;
  std::size_t padding = 1;

  std::size_t taps() const { return width * width; }
};

// For each tap of a window, the input under it at every place of the output; 0 beyond the edge.
// [taps, out.rows, out.columns].
void gather(std::span<const float> input, MapSize in, MapSize out, const Window& window,
            std::vector<float>& columns) {
  columns.assign(window.taps() * out.area(), 0.0F);
  float* to = columns.data();
  for (std::size_t tap = 0; tap < window.taps(); ++tap) {
    for (std::size_t row = 0; row < out.rows; ++row) {
      const std::size_t y = row * window.stride + tap / window.width - window.padding;
      for (std::size_t column = 0; column < out.columns; ++column, ++to) {
        const std::size_t x = column * window.stride + tap % window.width - window.padding;
        if (y < in.rows && x < in.columns) *to = input[y * in.columns + x];  // below 0 is far above
      }
    }
  }
}

// output += sum over taps of weights[tap] * columns[tap].
void accumulate(std::span<const float> weights, const float* columns, std::size_t area,
                float* output) {
  std::size_t tap = 0;
  for (; tap + 3 <= weights.size(); tap += 3) {
    const float* first = columns + tap * area;
    const float* second = first + area;
    const float* third = second + area;
    for (std::size_t i = 0; i < area; ++i) {
      output[i] +=
          weights[tap] * first[i] + weights[tap + 1] * second[i] + weights[tap + 2] * third[i];
    }
  }
  for (; tap < weights.size(); ++tap) {
    for (std::size_t i = 0; i < area; ++i) output[i] += weights[tap] * columns[tap * area + i];
  }
}

// Of the given channels of a map alone. weights: [outputs, map.channels, width, width].
FeatureMap convolve(const FeatureMap& map, std::span<const ChannelNumber> channels,
                    std::span<const float> weights, MapSize out, const Window& window) {
  const std::size_t outputs = weights.size() / (map.channels * window.taps());
  FeatureMap result = zeros(outputs, out);
  std::vector<float> columns;
  for (const ChannelNumber channel : channels) {
    gather(map.channel(channel), map.size, out, window, columns);
    for (std::size_t output = 0; output < outputs; ++output) {
      const std::size_t first = (output * map.channels + channel) * window.taps();
      accumulate(weights.subspan(first, window.taps()), columns.data(), out.area(),
                 result.values.data() + output * out.area());
    }
  }
  return result;
}

std::vector<ChannelNumber> all_channels(std::size_t count) { return others({}, count); }

float mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0F) / static_cast<float>(values.size());
}

// rows x columns matrix times a vector.
std::vector<float> multiply(std::span<const float> matrix, std::span<const float> vector) {
  std::vector<float> result;
  for (std::size_t at = 0; at < matrix.size(); at += vector.size()) {
    result.push_back(std::inner_product(vector.begin(), vector.end(),
                                        matrix.begin() + std::ptrdiff_t(at), 0.0F));
  }
  return result;
}

// The largest of each 2x2 places; an odd last row or column is left out.
std::vector<float> pooled(const FeatureMap& map) {
  std::vector<float> result;
  for (std::size_t channel = 0; channel < map.channels; ++channel) {
    const std::span<const float> from = map.channel(channel);
    for (std::size_t row = 0; row + 1 < map.size.rows; row += 2) {
      for (std::size_t column = 0; column + 1 < map.size.columns; column += 2) {
        const std::size_t at = row * map.size.columns + column;
        const std::size_t below = at + map.size.columns;
        result.push_back(std::max({from[at], from[at + 1], from[below], from[below + 1]}));
      }
    }
  }
  return result;
}

}  // namespace

SplitRuntime::Norm SplitRuntime::norm_of(const Safetensors& file, const std::string& name) {
  return {file.tensors.at(name + ".scale").values, file.tensors.at(name + ".shift").values};
}

SplitRuntime::Head SplitRuntime::head_of(const Safetensors& file, const std::string& name,
                                         std::size_t width) {
  const auto values = [&](const char* part) { return file.tensors.at(name + part).values; };
  return {width,
          values(".conv"),
          norm_of(file, name + ".norm"),
          values(".conv2"),
          norm_of(file, name + ".norm2"),
          values(".linear"),
          values(".bias")};
}

SplitRuntime::SplitRuntime(const Safetensors& file) : header_(read_split_header(file)) {
  if (config().kind != NetworkKind::kSplit) refuse("kind = \"whole\": a split network expected");
  if (config().bits > 8) {
    refuse(fmt::format("network.bits = {}: at most 8 can be sent", config().bits));
  }
  extractor_ = file.tensors.at("extractor.conv").values;
  extractor_norm_ = norm_of(file, "extractor.norm");
  squeeze_ = file.tensors.at("attention.squeeze").values;
  expand_ = file.tensors.at("attention.expand").values;
  kernel_ = file.tensors.at("attention.kernel").values;
  local_ = head_of(file, "local", config().local_width);
  remote_ = head_of(file, "remote", config().remote_width);
  lambda_offset_ = file.tensors.at("lambda.offset").values.at(0);
  lambda_slope_ = file.tensors.at("lambda.slope").values.at(0);
}

// GroupNorm, then relu.
void SplitRuntime::normalise(FeatureMap& map, const Norm& norm) {
  const std::size_t group = map.channels / kSplitGroups * map.size.area();
  for (std::size_t first = 0; first < map.values.size(); first += group) {
    const std::span<float> values = std::span(map.values).subspan(first, group);
    const float centre = mean(values);
    float squares = 0.0F;
    for (const float value : values) squares += (value - centre) * (value - centre);
    const float variance = squares / static_cast<float>(group);
    const float factor = 1.0F / std::sqrt(variance + static_cast<float>(kGroupNormEpsilon));
    for (std::size_t i = 0; i < group; ++i) {
      const std::size_t channel = (first + i) / map.size.area();
      const float normal = (values[i] - centre) * factor;
      values[i] = std::max(0.0F, normal * norm.scale[channel] + norm.shift[channel]);
    }
  }
}

FeatureMap SplitRuntime::extract(std::span<const std::uint8_t> pixels) const {
  FeatureMap image = zeros(1, {shape().rows, shape().columns});
  std::transform(pixels.begin(), pixels.end(), image.values.begin(), [](std::uint8_t pixel) {
    return (static_cast<float>(pixel) / 255.0F - static_cast<float>(kPixelMean)) /
           static_cast<float>(kPixelDeviation);
  });
  FeatureMap map = convolve(image, all_channels(1), extractor_, split_map(shape()), {5, 2, 2});
  normalise(map, extractor_norm_);
  return map;
}

void SplitRuntime::attend(FeatureMap& map) const {
  std::vector<float> means;
  std::vector<float> maxima;
  for (std::size_t channel = 0; channel < map.channels; ++channel) {
    const std::span<const float> values = map.channel(channel);
    means.push_back(mean(values));
    maxima.push_back(*std::max_element(values.begin(), values.end()));
  }
  const auto mlp = [this](std::span<const float> pooled_values) {
    std::vector<float> inner = multiply(squeeze_, pooled_values);
    for (float& value : inner) value = std::max(0.0F, value);
    return multiply(expand_, inner);
  };
  const std::vector<float> from_mean = mlp(means);
  const std::vector<float> from_max = mlp(maxima);
  const std::size_t area = map.size.area();
  FeatureMap pools = zeros(2, map.size);  // mean and maximum along the channels
  const std::span<float> sums = std::span(pools.values).first(area);
  const std::span<float> tops = std::span(pools.values).last(area);
  for (std::size_t channel = 0; channel < map.channels; ++channel) {
    const float weight = sigmoid(from_mean[channel] + from_max[channel]);
    const std::span<float> values = std::span(map.values).subspan(channel * area, area);
    for (std::size_t i = 0; i < area; ++i) {
      values[i] *= weight;
      sums[i] += values[i];
      tops[i] = channel == 0 ? values[i] : std::max(tops[i], values[i]);
    }
  }
  for (float& sum : sums) sum /= static_cast<float>(map.channels);
  FeatureMap places = convolve(pools, all_channels(2), kernel_, map.size, {3, 1, 1});
  for (float& place : places.values) place = sigmoid(place);
  for (std::size_t channel = 0; channel < map.channels; ++channel) {
    float* values = map.values.data() + channel * area;
    for (std::size_t i = 0; i < area; ++i) values[i] *= places.values[i];
  }
}

std::vector<float> SplitRuntime::scores(const Head& head, const FeatureMap& map,
                                        std::span<const ChannelNumber> channels) const {
  const MapSize inner = head_map(shape());
  FeatureMap x = convolve(map, channels, head.conv, inner, {3, 2, 1});
  normalise(x, head.norm);
  x = convolve(x, all_channels(head.width), head.conv2, inner, {3, 1, 1});
  normalise(x, head.norm2);
  std::vector<float> logits = multiply(head.linear, pooled(x));
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] += head.bias[i];
  return logits;
}

std::vector<float> SplitRuntime::local_scores(const FeatureMap& attended,
                                              std::span<const ChannelNumber> kept) const {
  return scores(local_, attended, kept);
}

std::vector<float> SplitRuntime::remote_scores(const SentChannels& sent) const {
  FeatureMap map = zeros(config().channels, split_map(shape()));
  const std::size_t area = map.size.area();
  if (sent.values.size() != sent.channels.size() * area) {
    refuse(fmt::format("{} values: {} channels of {}x{} expected", sent.values.size(),
                       sent.channels.size(), map.size.rows, map.size.columns));
  }
  for (std::size_t i = 0; i < sent.channels.size(); ++i) {
    const ChannelNumber channel = sent.channels[i];
    if (channel >= map.channels || (i > 0 && channel <= sent.channels[i - 1])) {
      refuse(fmt::format("channel {} at {}: ascending numbers below {} expected", channel, i,
                         map.channels));
    }
    for (std::size_t place = 0; place < area; ++place) {
      const std::int32_t number = sent.values[i * area + place] - sent.zero_point;
      map.values[channel * area + place] = sent.scale * static_cast<float>(number);
    }
  }
  return scores(remote_, map, sent.channels);
}

double SplitRuntime::lambda(std::size_t kept) const {
  if (kept == 0) return 0.0;
  if (kept >= config().channels) return 1.0;
  if (config().lambda_rule == LambdaRule::kFixed) return config().lambda;
  double logit = lambda_offset_;
  if (config().lambda_rule == LambdaRule::kByKept) {
    const double share = static_cast<double>(kept) / static_cast<double>(config().channels);
    logit += lambda_slope_ * (2.0 * share - 1.0);
  }
  return 1.0 / (1.0 + std::exp(-kLambdaGain * logit));
}

std::vector<float> channel_shares(const FeatureMap& attended) {
  std::vector<float> shares;
  for (std::size_t channel = 0; channel < attended.channels; ++channel) {
    float sum = 0.0F;
    for (const float value : attended.channel(channel)) sum += std::abs(value);
    shares.push_back(sum / static_cast<float>(attended.size.area()));
  }
  const float total = std::max(std::accumulate(shares.begin(), shares.end(), 0.0F), kSmallest);
  for (float& share : shares) share /= total;
  return shares;
}

std::vector<ChannelNumber> most_important(std::span<const float> shares, std::size_t kept) {
  std::vector<ChannelNumber> numbers = all_channels(shares.size());
  std::stable_sort(numbers.begin(), numbers.end(),
                   [&](ChannelNumber a, ChannelNumber b) { return shares[a] > shares[b]; });
  numbers.resize(kept);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<ChannelNumber> others(std::span<const ChannelNumber> kept, std::size_t channels) {
  std::vector<ChannelNumber> numbers;
  for (std::size_t i = 0; i < channels; ++i) {
    const auto number = static_cast<ChannelNumber>(i);
    if (!std::binary_search(kept.begin(), kept.end(), number)) numbers.push_back(number);
  }
  return numbers;
}

SentChannels pack(const FeatureMap& attended, std::span<const ChannelNumber> channels,
                  std::size_t bits) {
  const auto top = static_cast<float>((1U << bits) - 1U);
  float low = 0.0F;
  float high = 0.0F;
  for (const ChannelNumber channel : channels) {
    for (const float value : attended.channel(channel)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  SentChannels sent;
  sent.channels.assign(channels.begin(), channels.end());
  sent.scale = std::max((high - low) / top, kSmallest);
  const float zero_point = std::nearbyint(-low / sent.scale);
  sent.zero_point = static_cast<std::int32_t>(zero_point);
  sent.values.reserve(channels.size() * attended.size.area());
  for (const ChannelNumber channel : channels) {
    for (const float value : attended.channel(channel)) {
      const float number = std::nearbyint(value / sent.scale) + zero_point;
      sent.values.push_back(static_cast<std::uint8_t>(std::clamp(number, 0.0F, top)));
    }
  }
  return sent;
}

std::vector<float> fuse(std::span<const float> local, std::span<const float> remote,
                        double lambda) {
  std::vector<float> fused;
  for (std::size_t i = 0; i < local.size(); ++i) {
    fused.push_back(static_cast<float>(lambda * local[i] + (1.0 - lambda) * remote[i]));
  }
  return fused;
}

}  // namespace flyball
