// The code of the kernels, included once by each fused_kernels*.cpp after kLanes (floats in a
// vector) and the compiler's target are set. The compiler's own vector type, no intrinsics: on a
// machine without such vectors it splits them.
//
// No #pragma once, no includes: the including file has them, ahead of its target.

namespace flyball {
namespace {

constexpr std::size_t kVector = kLanes;
typedef float Floats __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));
typedef std::int32_t Ints __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));

inline Floats load(const float* p) { return *reinterpret_cast<const Floats*>(p); }
inline void store(float* p, Floats v) { *reinterpret_cast<Floats*>(p) = v; }
inline Floats all_of(float value) { return Floats{} + value; }
inline Ints all_of(std::int32_t value) { return Ints{} + value; }

inline float lane_sum(Floats v) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < kVector; ++i) sum += v[i];
  return sum;
}

void add_bias_relu(float* y, const float* bias, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r, y += columns) {
    for (std::size_t c = 0; c < columns; ++c) {
      const float value = y[c] + bias[c];
      y[c] = value > 0.0F ? value : 0.0F;
    }
  }
}

void add_bias(float* y, const float* bias, std::size_t rows, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r, y += columns) {
    for (std::size_t c = 0; c < columns; ++c) y[c] += bias[c];
  }
}

void add_line_bias_relu(float* y, const float* bias, std::size_t lines, std::size_t stride) {
  for (std::size_t l = 0; l < lines; ++l, y += stride) {
    const float b = bias[l];
    for (std::size_t r = 0; r < stride; ++r) y[r] = y[r] + b > 0.0F ? y[r] + b : 0.0F;
  }
}

void add_line_bias(float* y, const float* bias, std::size_t lines, std::size_t stride) {
  for (std::size_t l = 0; l < lines; ++l, y += stride) {
    for (std::size_t r = 0; r < stride; ++r) y[r] += bias[l];
  }
}

void relu_gradient(float* gradient, const float* output, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) gradient[i] = output[i] > 0.0F ? gradient[i] : 0.0F;
}

void column_sums(const float* matrix, std::size_t rows, std::size_t columns, float* sums) {
  for (std::size_t c = 0; c < columns; ++c) sums[c] = 0.0F;
  for (std::size_t r = 0; r < rows; ++r, matrix += columns) {
    for (std::size_t c = 0; c < columns; ++c) sums[c] += matrix[c];
  }
}

float dot(const float* a, const float* b, std::size_t size) {
  Floats sums{};
  std::size_t i = 0;
  for (; i + kVector <= size; i += kVector) sums += load(a + i) * load(b + i);
  float sum = lane_sum(sums);
  for (; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(float* y, const float* x, float factor, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) y[i] += factor * x[i];
}

// Blocks in single precision, their sum in double: as exact as clipping needs.
double sum_of_squares(const float* values, std::size_t size) {
  double sum = 0.0;
  for (std::size_t begin = 0; begin < size; begin += 512) {
    const std::size_t count = size - begin < 512 ? size - begin : 512;
    sum += static_cast<double>(dot(values + begin, values + begin, count));
  }
  return sum;
}

void adam(const AdamArrays& arrays, const AdamStep& step) {
  constexpr float kBeta1 = 0.9F;
  constexpr float kBeta2 = 0.999F;
  constexpr float kEpsilon = 1e-8F;
  // Moments of what has no gradient any more fade into numbers so small that processors compute
  // with them a hundred times slower. Beside epsilon they are nothing.
  constexpr float kNothing = 1e-35F;
  float* __restrict p = arrays.parameters;
  float* __restrict g = arrays.gradients;
  float* __restrict m = arrays.first;
  float* __restrict v = arrays.second;
  for (std::size_t i = 0; i < arrays.size; ++i) {
    g[i] *= step.gradient_scale;
    const float gradient = g[i] + step.weight_decay * p[i];
    const float first = kBeta1 * m[i] + (1.0F - kBeta1) * gradient;
    const float second = kBeta2 * v[i] + (1.0F - kBeta2) * gradient * gradient;
    m[i] = first * first < kNothing ? 0.0F : first;
    v[i] = second < kNothing ? 0.0F : second;
    p[i] -= step.step_size * m[i] / (__builtin_sqrtf(v[i]) * step.inverse_root + kEpsilon);
  }
}

void move_towards(float* p, const float* other, float share, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) p[i] += share * (other[i] - p[i]);
}

// exp of x <= 0: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes' expf; relative error
// below 2e-7). Below -87 it is 0.
inline Floats exponential(Floats x) {
  const Floats clamped = x < -87.0F ? all_of(-87.0F) : x;
  const Floats scaled = clamped * 1.44269504F;
  const Ints n = __builtin_convertvector(scaled - 0.5F, Ints);  // rounds x <= 0 to nearest
  const Floats whole = __builtin_convertvector(n, Floats);
  const Floats r = (clamped - whole * 0.693359375F) + whole * 2.12194440e-4F;
  Floats y = all_of(1.9875691500e-4F);
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * r * r + r + 1.0F;
  const Floats result = y * reinterpret_cast<Floats>((n + 127) << 23);
  return x < -87.0F ? Floats{} : result;
}

float soft_minimum(float* values, const std::uint8_t* allowed, float lowest, std::size_t size) {
  Floats sums{};
  for (std::size_t begin = 0; begin < size; begin += kVector) {
    const std::size_t count = size - begin < kVector ? size - begin : kVector;
    Floats x = all_of(-1000.0F);
    for (std::size_t i = 0; i < count; ++i) {
      if (allowed == nullptr || allowed[begin + i] != 0) x[i] = lowest - values[begin + i];
    }
    const Floats y = exponential(x);
    for (std::size_t i = 0; i < count; ++i) values[begin + i] = y[i];
    sums += y;
  }
  return lane_sum(sums);
}

// The running minimum of kRowVectors vectors of rows.
struct Lowest {
  Floats value[kRowVectors];
  Ints index[kRowVectors];

  explicit Lowest(std::uint32_t first) {
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      value[v] = all_of(__builtin_inff());
      index[v] = all_of(static_cast<std::int32_t>(first));
    }
  }
  void offer(std::size_t v, Floats candidate, std::uint32_t action) {
    const Ints better = candidate < value[v];
    value[v] = better ? candidate : value[v];
    index[v] = better ? all_of(static_cast<std::int32_t>(action)) : index[v];
  }
  void write(std::size_t row, std::size_t rows, std::uint32_t* result) const {
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      for (std::size_t i = 0; i < kVector && row + v * kVector + i < rows; ++i) {
        result[row + v * kVector + i] = static_cast<std::uint32_t>(index[v][i]);
      }
    }
  }
};

// `kCount` candidates times kRowVectors vectors of rows, all sums in registers.
template <std::size_t kCount>
inline void compete(const TransposedRows& rows, const Candidates& candidates, std::size_t first,
                    const float* features, Lowest& lowest) {
  const float* weights[kCount];
  Floats sums[kCount][kRowVectors];
  for (std::size_t a = 0; a < kCount; ++a) {
    const std::uint32_t action = candidates.indices[first + a];
    weights[a] = candidates.weights + action * rows.features;
    const float bias = candidates.bias != nullptr ? candidates.bias[action] : 0.0F;
    for (std::size_t v = 0; v < kRowVectors; ++v) sums[a][v] = all_of(bias);
  }
  for (std::size_t k = 0; k < rows.features; ++k) {
    const float* line = features + k * rows.stride;
    for (std::size_t a = 0; a < kCount; ++a) {
      const float weight = weights[a][k];
      for (std::size_t v = 0; v < kRowVectors; ++v) {
        sums[a][v] += weight * load(line + v * kVector);
      }
    }
  }
  for (std::size_t a = 0; a < kCount; ++a) {
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      lowest.offer(v, sums[a][v], candidates.indices[first + a]);
    }
  }
}

void lowest(const TransposedRows& rows, const Candidates& candidates, std::uint32_t* result) {
  for (std::size_t row = 0; row < rows.rows; row += kRowVectors * kVector) {
    const float* features = rows.values + row;
    Lowest best(candidates.indices[0]);
    std::size_t i = 0;
    for (; i + kActions <= candidates.count; i += kActions) {
      compete<kActions>(rows, candidates, i, features, best);
    }
    for (; i < candidates.count; ++i) compete<1>(rows, candidates, i, features, best);
    best.write(row, rows.rows, result);
  }
}

void lowest_sum(const TransposedRows& rows, const SummedCandidates& candidates,
                std::uint32_t* result) {
  for (std::size_t row = 0; row < rows.rows; row += kRowVectors * kVector) {
    Lowest best(candidates.indices[0]);
    for (std::size_t i = 0; i < candidates.count; ++i) {
      const std::uint32_t candidate = candidates.indices[i];
      const std::uint32_t* lines = candidates.lines + candidate * candidates.terms;
      Floats sums[kRowVectors] = {};
      for (std::size_t t = 0; t < candidates.terms; ++t) {
        const float* line = rows.values + lines[t] * rows.stride + row;
        for (std::size_t v = 0; v < kRowVectors; ++v) sums[v] += load(line + v * kVector);
      }
      for (std::size_t v = 0; v < kRowVectors; ++v) best.offer(v, sums[v], candidate);
    }
    best.write(row, rows.rows, result);
  }
}

constexpr FusedKernels make_kernels(const char* name) {
  return {name,         add_bias_relu, add_bias,   add_line_bias_relu, add_line_bias, relu_gradient,
          column_sums,  dot,           add_scaled, sum_of_squares,     adam,          move_towards,
          soft_minimum, lowest,        lowest_sum};
}

}  // namespace
}  // namespace flyball
