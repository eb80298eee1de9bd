// The states that a policy knows: between which values each input lay in what it was trained on.
// Beyond them a network extrapolates, and what it says means nothing. Constant after construction;
// thread-safe.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "policies/safetensors.h"

namespace flyball {

// The tensor of a policy file that holds them: [2, inputs], the lowest values, then the highest.
inline constexpr const char* kKnownStates = "known";
// The ends of an input that may have any value.
inline constexpr float kAnyInput = std::numeric_limits<float>::max();

class KnownStates {
 public:
  // Of a policy file's tensors; without that one every state is known.
  explicit KnownStates(const std::map<std::string, Tensor>& tensors);

  bool hold(std::span<const float> observation) const noexcept;

 private:
  std::vector<float> low_;
  std::vector<float> high_;
};

// Throws std::invalid_argument unless the tensor is [2, inputs] and no lowest value is above the
// highest.
void check_known_states(const Tensor& tensor, std::size_t inputs);

}  // namespace flyball
