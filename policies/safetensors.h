// The safetensors container, reduced to what a policy needs: 32-bit floats and a string map.
// 8 bytes little-endian header length, a JSON header, then the data. Values and free functions.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

struct Tensor {
  std::vector<std::size_t> shape;
  std::vector<float> values;  // row-major; as many as the shape says

  friend bool operator==(const Tensor&, const Tensor&) = default;
};

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;
};

// A header is at most this long, so that a hostile file cannot make us parse for minutes.
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{4} << 20;

// A policy has a few dozen.
inline constexpr std::size_t kMaxTensors = 1024;

// Tensors in the order of their names, without gaps; the header padded with spaces to 8 bytes.
std::string write_safetensors(const Safetensors& content);

// Throws std::invalid_argument naming the field at fault and what was expected. Allocates no more
// than a few times bytes.size().
Safetensors parse_safetensors(std::string_view bytes);

}  // namespace flyball
