// A network that answers from two places: the edge keeps the most important channels of its first
// feature map, a cloud gets the others as int8, and both answers are fused (DVFO section V, after
// AgileNN). Not thread-safe. The header is free of LibTorch.
//
//   image -> extractor -> attention -> importance -> top-k kept -> local head  -+
//                                          |                                    +-> fused
//                                          +-> the others, as int8 -> remote head
//
//   extractor    conv 5x5 stride 2 to `channels`, GroupNorm, relu: 28x28 becomes 14x14
//   attention    split_functions.h, eq. 4 to 6
//   local head   conv 3x3 stride 2 and conv 3x3 of `local_width` channels, GroupNorm and relu after
//                each, max pooling 2x2, one linear layer
//   remote head  the same with `remote_width`
// GroupNorm, because BatchNorm's running statistics break when k varies. Channels that a head does
// not get are zeros to it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "agent/vision/split_config.h"
#include "policies/safetensors.h"

namespace flyball {

// One batch and what is asked of it.
struct SplitBatch {
  std::span<const std::uint8_t> pixels;  // [images, rows, columns]
  std::span<const std::uint8_t> labels;  // [images]
  std::size_t kept = 0;                  // channels that stay
  double learning_rate = 1e-3;
};

struct SplitScores {
  std::vector<float> local;   // logits [images, classes]; a whole network has none
  std::vector<float> remote;  // likewise
};

enum class SentAs : std::uint8_t { kIntegers, kFloats };

class SplitNetwork {
 public:
  // Throws std::invalid_argument naming the key at fault.
  SplitNetwork(const ImageShape& shape, const SplitNetworkConfig& config, std::uint64_t seed);
  // Throws std::invalid_argument saying what the file lacks.
  explicit SplitNetwork(const Safetensors& file);
  ~SplitNetwork();
  SplitNetwork(SplitNetwork&&) noexcept;
  SplitNetwork& operator=(SplitNetwork&&) noexcept;

  const SplitNetworkConfig& config() const;
  const ImageShape& shape() const;

  // One step of Adam; the loss before it:
  //   cross-entropy of the fused answer + own_weight * each head's own
  //   + skewness_weight * skewness_hinge
  double fit(const SplitBatch& batch, const SplitTrainConfig& config);

  // Both heads' answers where `kept` channels stay. Requires kept <= channels.
  SplitScores scores(std::span<const std::uint8_t> pixels, std::size_t kept,
                     SentAs sent = SentAs::kIntegers) const;
  // Of every channel, [images, channels]; each image's sum is 1.
  std::vector<float> importance(std::span<const std::uint8_t> pixels) const;
  // The local head's weight where `kept` channels stay, 0 to 1.
  double lambda(std::size_t kept) const;

  // Multiplications and additions of one image, in that part.
  struct Operations {
    double extractor = 0.0;
    double attention = 0.0;
    double local = 0.0;
    double remote = 0.0;
  };
  Operations operations() const;

  Safetensors to_safetensors() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flyball
