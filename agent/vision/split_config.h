// What a split network is like and how it is trained. Values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "env/config/fields.h"

namespace flyball {

// What its images are like.
struct ImageShape {
  std::size_t rows = 28;
  std::size_t columns = 28;
  std::size_t classes = 10;
};

template <typename Visitor, FieldsOf<ImageShape> Config>
void visit(Visitor& field, Config& shape) {
  field({"rows", "pixels", within(8, 1024), "of an image"}, shape.rows);
  field({"columns", "pixels", within(8, 1024), "of an image"}, shape.columns);
  field({"classes", "", within(2, 255), "that are told apart"}, shape.classes);
}

enum class NetworkKind : std::uint8_t {
  kSplit,  // attention, a part of the channels for each of two heads
  kWhole,  // extractor and remote head in one, nothing between them: what a split one is held
           // against
};

constexpr auto words(NetworkKind) {
  return std::array{Word{"split", NetworkKind::kSplit}, Word{"whole", NetworkKind::kWhole}};
}

// Where lambda of `lambda local + (1 - lambda) remote` comes from. Where one side has no channel
// the other answers alone, whatever the rule.
enum class LambdaRule : std::uint8_t { kFixed, kLearned, kByKept };

constexpr auto words(LambdaRule) {
  return std::array{Word{"fixed", LambdaRule::kFixed}, Word{"learned", LambdaRule::kLearned},
                    Word{"by-kept", LambdaRule::kByKept}};
}

struct SplitNetworkConfig {
  NetworkKind kind = NetworkKind::kSplit;
  std::size_t channels = 32;     // of the map that is split
  std::size_t reduction = 4;     // of the attention's MLP; DVFO does not say, CBAM has 16
  std::size_t local_width = 48;  // channels within the local head
  std::size_t remote_width = 64;
  std::size_t bits = 8;  // of what is sent
  LambdaRule lambda_rule = LambdaRule::kByKept;
  double lambda = 0.5;  // of LambdaRule::kFixed
};

template <typename Visitor, FieldsOf<SplitNetworkConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"kind", "", {}, "split, or whole: what a split one is held against"}, config.kind);
  field({"channels", "", within(4, 256), "of the map that is split; a multiple of 4"},
        config.channels);
  field({"reduction", "", within(1, 64), "of the attention's MLP"}, config.reduction);
  field({"local_width", "", within(4, 256), "channels in the local head; a multiple of 4"},
        config.local_width);
  field({"remote_width", "", within(4, 512), "channels in the remote head; a multiple of 4"},
        config.remote_width);
  field({"bits", "", within(1, 16), "of what is sent"}, config.bits);
  field({"lambda_rule",
         "",
         {},
         "fixed, learned: one value, or by-kept: learned, a line over the share that stays"},
        config.lambda_rule);
  field({"lambda", "", within(0, 1), "the local head's share in the answer, where it is fixed"},
        config.lambda);
}

struct SplitTrainConfig {
  std::size_t epochs = 4;
  std::size_t batch = 128;
  double learning_rate = 3e-3;   // Adam's at first; falls to 0 along a cosine
  double edge_only = 0.1;        // share of batches that keep every channel; else k is uniform
  double own_weight = 0.3;       // of each head's own loss
  double skewness_weight = 2.0;  // of the hinge
  std::size_t skewness_top = 3;  // channels that are to hold
  double skewness_target = 0.6;  // this share of the importance
};

template <typename Visitor, FieldsOf<SplitTrainConfig> Config>
void visit(Visitor& field, Config& config) {
  field({"epochs", "", within(1, 1000), "times that every image is looked at"}, config.epochs);
  field({"batch", "", within(1, 4096), "images per step"}, config.batch);
  field({"learning_rate", "", {0, 1, true, true}, "Adam's at first; falls to 0 along a cosine"},
        config.learning_rate);
  field({"edge_only", "", within(0, 1), "share of batches that keep every channel"},
        config.edge_only);
  field({"own_weight", "", within(0, 100), "of each head's own loss"}, config.own_weight);
  field({"skewness_weight", "", within(0, 100), "of the skewness hinge"}, config.skewness_weight);
  field({"skewness_top", "", within(1, 256), "channels that are to hold skewness_target"},
        config.skewness_top);
  field({"skewness_target", "", within(0, 1), "of the importance, below which the hinge pulls"},
        config.skewness_target);
}

// Throw std::invalid_argument naming the key at fault.
void validate(const SplitNetworkConfig& config);
void validate(const SplitTrainConfig& config, const SplitNetworkConfig& network);

}  // namespace flyball
