#include "policies/known_states.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

KnownStates::KnownStates(const std::map<std::string, Tensor>& tensors) {
  const auto found = tensors.find(kKnownStates);
  if (found == tensors.end()) return;
  const std::vector<float>& values = found->second.values;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  low_.assign(values.begin(), middle);
  high_.assign(middle, values.end());
}

bool KnownStates::hold(std::span<const float> observation) const noexcept {
  for (std::size_t i = 0; i < low_.size(); ++i) {
    if (!(observation[i] >= low_[i] && observation[i] <= high_[i])) return false;
  }
  return true;
}

void check_known_states(const Tensor& tensor, std::size_t inputs) {
  const bool has_shape = tensor.shape == std::vector<std::size_t>{2, inputs};
  if (!has_shape || tensor.values.size() != 2 * inputs) {
    throw std::invalid_argument(fmt::format(
        "tensor '{}': [2, {}] expected, the lowest and the highest value of every input",
        kKnownStates, inputs));
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    const float low = tensor.values[i];
    const float high = tensor.values[inputs + i];
    if (low <= high) continue;
    throw std::invalid_argument(
        fmt::format("tensor '{}': input {}: the lowest value {} is above the highest, {}",
                    kKnownStates, i, low, high));
  }
}

}  // namespace flyball
