#include "agent/networks/fused_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace flyball {

FusedLayer FusedLayout::append(std::size_t inputs, std::size_t outputs) {
  const FusedLayer layer{inputs, outputs, size, size + inputs * outputs};
  size = layer.bias + outputs;
  return layer;
}

FusedLayout::FusedLayout(std::size_t observation_size, std::span<const std::size_t> hidden_widths,
                         std::size_t last_outputs) {
  std::size_t inputs = observation_size;
  for (const std::size_t outputs : hidden_widths) {
    hidden.push_back(append(inputs, outputs));
    inputs = outputs;
  }
  last = append(inputs, last_outputs);
}

std::vector<FusedLayer> FusedLayout::layers() const {
  std::vector<FusedLayer> all = hidden;
  all.push_back(last);
  return all;
}

void FusedLayout::read(const std::map<std::string, Tensor>& tensors, AlignedFloats& flat) const {
  flat.resize(size);
  const auto copy = [&](const std::string& name, std::size_t offset, std::size_t count) {
    const auto found = tensors.find(name);
    if (found == tensors.end() || found->second.values.size() != count) {
      throw std::invalid_argument(fmt::format("tensor '{}': {} values expected", name, count));
    }
    std::copy_n(found->second.values.begin(), count,
                flat.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  const std::vector<FusedLayer> all = layers();
  for (std::size_t l = 0; l < all.size(); ++l) {
    copy(fmt::format("{}.weight", l), all[l].weight, all[l].inputs * all[l].outputs);
    copy(fmt::format("{}.bias", l), all[l].bias, all[l].outputs);
  }
}

std::map<std::string, Tensor> FusedLayout::tensors(const AlignedFloats& flat,
                                                   const std::string& prefix) const {
  std::map<std::string, Tensor> result;
  const auto part = [&flat](std::size_t offset, std::vector<std::size_t> shape) {
    std::size_t count = 1;
    for (const std::size_t length : shape) count *= length;
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(offset);
    return Tensor{std::move(shape), {begin, begin + static_cast<std::ptrdiff_t>(count)}};
  };
  const std::vector<FusedLayer> all = layers();
  for (std::size_t l = 0; l < all.size(); ++l) {
    result[fmt::format("{}{}.weight", prefix, l)] =
        part(all[l].weight, {all[l].outputs, all[l].inputs});
    result[fmt::format("{}{}.bias", prefix, l)] = part(all[l].bias, {all[l].outputs});
  }
  return result;
}

}  // namespace flyball
