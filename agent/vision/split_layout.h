// What a split network's file holds and how large its parts are: shared by training (LibTorch) and
// by the programs that only run it. Pure functions and constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/vision/split_config.h"
#include "policies/safetensors.h"

namespace flyball {

inline constexpr std::size_t kSplitGroups = 4;     // of GroupNorm
inline constexpr double kGroupNormEpsilon = 1e-5;  // added to a group's variance
inline constexpr double kPixelMean = 0.286;        // Fashion-MNIST's, of 0 to 1
inline constexpr double kPixelDeviation = 0.353;   // likewise
inline constexpr double kLambdaGain = 10.0;        // a few scalars move as fast as weights do
inline constexpr const char* kSplitFormat = "flyball split network 1";
inline constexpr std::size_t kMaxNetworkBytes = std::size_t{256} << 20;  // of its file

// Rows or columns after a convolution with stride 2 and enough padding.
constexpr std::size_t half_size(std::size_t size) { return (size + 1) / 2; }

// Rows and columns of one map.
struct MapSize {
  std::size_t rows = 0;
  std::size_t columns = 0;

  std::size_t area() const { return rows * columns; }
};

MapSize split_map(const ImageShape& shape);  // that is split, and sent
MapSize head_map(const ImageShape& shape);   // within a head, before max pooling 2x2

enum class ParameterRole : std::uint8_t {
  kWeight,  // drawn at random when training begins
  kScale,   // 1 at first
  kShift,   // 0 at first
};

struct SplitParameter {
  std::string name;
  std::vector<std::size_t> shape;
  ParameterRole role = ParameterRole::kWeight;
};

// All parameters of a network, in the order in which its weights are drawn.
std::vector<SplitParameter> split_parameters(const ImageShape& shape,
                                             const SplitNetworkConfig& config);

struct SplitHeader {
  ImageShape shape;
  SplitNetworkConfig config;
};

// Throws std::invalid_argument saying what the file lacks, parameters included.
SplitHeader read_split_header(const Safetensors& file);

// A network's file. Throws DataError naming it.
Safetensors read_split_file(const std::string& path);

// Tells networks apart: CRC-32 over configuration and parameters, as a decimal number.
std::string split_version(const Safetensors& file);

}  // namespace flyball
