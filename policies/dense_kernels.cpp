#include "policies/dense_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FLYBALL_VECTOR_VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FLYBALL_VECTOR_VERSIONS
#endif

namespace flyball {

namespace {

// The compiler's own vectors: where registers are narrower it takes several.
constexpr std::size_t kLanes = 8;
constexpr std::size_t kVectors = kPanel / kLanes;
typedef float Floats __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
typedef std::int32_t Ints
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

#define FLYBALL_LOAD(address) (*reinterpret_cast<const Floats*>(address))
#define FLYBALL_STORE(address) (*reinterpret_cast<Floats*>(address))

}  // namespace

// A panel's sums stay in registers while the inputs pass.
FLYBALL_VECTOR_VERSIONS
void dense_layer(const DenseLayerArrays& layer, const float* x) noexcept {
  const float* weights = layer.weights;
  for (std::size_t panel = 0; panel < layer.panels; ++panel) {
    Floats sums[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[v] = FLYBALL_LOAD(layer.bias + panel * kPanel + v * kLanes);
    }
    for (std::size_t i = 0; i < layer.inputs; ++i, weights += kPanel) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[v] += x[i] * FLYBALL_LOAD(weights + v * kLanes);
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      FLYBALL_STORE(layer.outputs + panel * kPanel + v * kLanes) = sums[v];
    }
  }
}

FLYBALL_VECTOR_VERSIONS
void dense_layer_relu(const DenseLayerArrays& layer, const float* x) noexcept {
  const float* weights = layer.weights;
  const Floats zero{};
  for (std::size_t panel = 0; panel < layer.panels; ++panel) {
    Floats sums[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[v] = FLYBALL_LOAD(layer.bias + panel * kPanel + v * kLanes);
    }
    for (std::size_t i = 0; i < layer.inputs; ++i, weights += kPanel) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[v] += x[i] * FLYBALL_LOAD(weights + v * kLanes);
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      FLYBALL_STORE(layer.outputs + panel * kPanel + v * kLanes) = sums[v] > zero ? sums[v] : zero;
    }
  }
}

// Every lane keeps its own lowest; which action is the best so far cannot be predicted, so nothing
// branches on it.
FLYBALL_VECTOR_VERSIONS
LowestScore lowest_score(const float* values, const float* penalties, float sign,
                         std::size_t count) noexcept {
  Floats best[kVectors];
  Ints where[kVectors];
  Ints index[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    best[v] = Floats{} + __builtin_inff();
    where[v] = Ints{};
    for (std::size_t i = 0; i < kLanes; ++i) {
      index[v][i] = static_cast<std::int32_t>(v * kLanes + i);
    }
  }
  for (std::size_t begin = 0; begin < count; begin += kPanel) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::size_t at = begin + v * kLanes;
      const Floats score = sign * FLYBALL_LOAD(values + at) + FLYBALL_LOAD(penalties + at);
      const Ints is_better = score < best[v];
      best[v] = is_better ? score : best[v];
      where[v] = is_better ? index[v] : where[v];
      index[v] += static_cast<std::int32_t>(kPanel);
    }
  }
  LowestScore lowest{0, __builtin_inff()};
  for (std::size_t v = 0; v < kVectors; ++v) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const auto action = static_cast<std::uint32_t>(where[v][i]);
      const float score = best[v][i];
      if (score < lowest.score || (score == lowest.score && action < lowest.index)) {
        lowest = {action, score};
      }
    }
  }
  return lowest;
}

FLYBALL_VECTOR_VERSIONS
void limit_scores(const float* values, float sign, const ScoreLimit& limit, float* scores,
                  std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_kept = limit.sign * limit.constraints[i] <= limit.limit;
    scores[i] = is_kept ? sign * values[i] : __builtin_inff();
  }
}

FLYBALL_VECTOR_VERSIONS
void price_scores(const float* values, float sign, const ScorePrice& price, float* scores,
                  std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    scores[i] = sign * values[i] + price.weight * price.constraints[i];
  }
}

FLYBALL_VECTOR_VERSIONS
void raise_to(const float* values, float* highest, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    highest[i] = values[i] > highest[i] ? values[i] : highest[i];
  }
}

}  // namespace flyball
