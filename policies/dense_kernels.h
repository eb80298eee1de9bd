// The inner loops of the policy runtime. Pure functions on plain arrays, thread-safe, no
// allocation.
//
// Built for the widest vectors of the machine that runs them, where the compiler can choose at load
// time; elsewhere for the vectors that every machine of its kind has. Products and sums are neither
// fused nor reordered, so every version, on every machine, gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flyball {

// Outputs are worked on in panels of so many; arrays of outputs are padded to whole panels.
inline constexpr std::size_t kPanel = 32;
constexpr std::size_t padded_to_panels(std::size_t outputs) {
  return (outputs + kPanel - 1) / kPanel * kPanel;
}

// One dense layer: y = bias + W x, with ReLU if asked for.
struct DenseLayerArrays {
  const float* weights = nullptr;  // [panels, inputs, kPanel]
  const float* bias = nullptr;     // [panels * kPanel]
  float* outputs = nullptr;        // [panels * kPanel]
  std::size_t inputs = 0;
  std::size_t panels = 0;
};
void dense_layer(const DenseLayerArrays& layer, const float* x) noexcept;
void dense_layer_relu(const DenseLayerArrays& layer, const float* x) noexcept;

struct LowestScore {
  std::uint32_t index = 0;
  float score = 0.0F;
};

// The first of the lowest scores sign * values[i] + penalties[i]; scores that are not a number do
// not compete. Infinity at index 0 if there is none below it. Requires: sign 1 or -1, `count` a
// multiple of kPanel, penalties 0 or infinity.
LowestScore lowest_score(const float* values, const float* penalties, float sign,
                         std::size_t count) noexcept;

// What has to be kept: sign * constraint <= limit.
struct ScoreLimit {
  const float* constraints = nullptr;
  float sign = 1.0F;
  float limit = 0.0F;
};

// scores[i] = sign * values[i] where the limit is kept, infinity elsewhere.
void limit_scores(const float* values, float sign, const ScoreLimit& limit, float* scores,
                  std::size_t count) noexcept;

// scores[i] = sign * values[i] + weight * constraints[i].
struct ScorePrice {
  const float* constraints = nullptr;
  float weight = 0.0F;
};
void price_scores(const float* values, float sign, const ScorePrice& price, float* scores,
                  std::size_t count) noexcept;

// highest[i] = the higher of values[i] and highest[i].
void raise_to(const float* values, float* highest, std::size_t count) noexcept;

}  // namespace flyball
