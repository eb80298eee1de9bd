// Runs a split network, one image at a time, without LibTorch: the edge's part and the cloud's.
// Thread-safe: constant after construction, and nothing is shared between calls.
//
//   edge    extract -> attend -> channel_shares, most_important -> pack ......> the cloud
//                                                              -> local_scores
//   cloud   remote_scores
//
// What split_network.h says of the parts holds here; the sums are taken in another order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/vision/split_layout.h"

namespace flyball {

// A channel's number; split_config.h allows 256 of them.
using ChannelNumber = std::uint8_t;

// [channels, rows, columns], row-major.
struct FeatureMap {
  std::size_t channels = 0;
  MapSize size;
  std::vector<float> values;

  std::span<const float> channel(std::size_t number) const {
    return std::span(values).subspan(number * size.area(), size.area());
  }
};

// The channels that leave the edge, as whole numbers: value = scale * (number - zero_point).
struct SentChannels {
  std::vector<ChannelNumber> channels;  // which, ascending
  std::vector<std::uint8_t> values;     // [channels, rows, columns]
  float scale = 1.0F;
  std::int32_t zero_point = 0;
};

class SplitRuntime {
 public:
  // Throws std::invalid_argument saying what the file lacks; also for a network that is not split,
  // or that sends more than 8 bits.
  explicit SplitRuntime(const Safetensors& file);

  const ImageShape& shape() const { return header_.shape; }
  const SplitNetworkConfig& config() const { return header_.config; }

  // Requires pixels [rows, columns].
  FeatureMap extract(std::span<const std::uint8_t> pixels) const;
  // Equations 4 to 6 of DVFO, in place.
  void attend(FeatureMap& map) const;
  // Logits [classes] of the channels that stay, ascending.
  std::vector<float> local_scores(const FeatureMap& attended,
                                  std::span<const ChannelNumber> kept) const;
  // Logits [classes]. Throws std::invalid_argument where channels are not ascending or not below
  // config().channels, or values are not as many.
  std::vector<float> remote_scores(const SentChannels& sent) const;
  // The local head's weight where so many channels stay, 0 to 1.
  double lambda(std::size_t kept) const;

 private:
  struct Norm {
    std::vector<float> scale;
    std::vector<float> shift;
  };
  struct Head {
    std::size_t width = 0;
    std::vector<float> conv;
    Norm norm;
    std::vector<float> conv2;
    Norm norm2;
    std::vector<float> linear;
    std::vector<float> bias;
  };

  static Norm norm_of(const Safetensors& file, const std::string& name);
  static Head head_of(const Safetensors& file, const std::string& name, std::size_t width);
  static void normalise(FeatureMap& map, const Norm& norm);
  std::vector<float> scores(const Head& head, const FeatureMap& map,
                            std::span<const ChannelNumber> channels) const;

  SplitHeader header_;
  std::vector<float> extractor_;
  Norm extractor_norm_;
  std::vector<float> squeeze_;
  std::vector<float> expand_;
  std::vector<float> kernel_;
  Head local_;
  Head remote_;
  double lambda_offset_ = 0.0;
  double lambda_slope_ = 0.0;
};

// Of every channel, its mean magnitude divided by the sum of all; their sum is 1.
std::vector<float> channel_shares(const FeatureMap& attended);
// The numbers of the `kept` largest, ascending; of equals, the first. Requires kept <= their
// number.
std::vector<ChannelNumber> most_important(std::span<const float> shares, std::size_t kept);
// All numbers below `channels` that are not among `kept`, ascending.
std::vector<ChannelNumber> others(std::span<const ChannelNumber> kept, std::size_t channels);
// As through_integers() of split_functions.h. Requires bits 1 to 8.
SentChannels pack(const FeatureMap& attended, std::span<const ChannelNumber> channels,
                  std::size_t bits);
// lambda * local + (1 - lambda) * remote. Requires as many of both.
std::vector<float> fuse(std::span<const float> local, std::span<const float> remote, double lambda);

}  // namespace flyball
