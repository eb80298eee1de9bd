// How well a split network answers, by the share that is sent and by lambda. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "agent/vision/idx_file.h"
#include "agent/vision/split_network.h"

namespace flyball {

inline constexpr std::size_t kLambdas = 11;  // 0, 0.1, ... 1

// Shares of right answers, 0 to 1, where a share of the channels is sent.
struct SplitPoint {
  double share = 0.0;    // as asked, 0 to 1
  std::size_t kept = 0;  // channels that stay: (1 - share) of them, rounded
  double lambda = 0.0;   // the network's own
  double local = 0.0;
  double remote = 0.0;                       // of int8
  double fused = 0.0;                        // by the network's own lambda, of int8
  double fused_floats = 0.0;                 // the same where 32-bit floats are sent
  std::array<double, kLambdas> by_lambda{};  // fused, of int8
};

struct SplitEvaluation {
  std::size_t images = 0;
  double edge_only = 0.0;          // every channel stays; 0 for a whole network
  double cloud_only = 0.0;         // every channel is sent
  std::vector<double> top_shares;  // of the importance that the first 1, 2, ... channels hold
  std::vector<SplitPoint> points;  // by the shares asked
};

// Asked with the number of images that are done; false ends it.
using EvaluationGoesOn = std::function<bool(std::size_t done)>;

// 0, 0.1, ... 1.
std::vector<double> tenths();

// Absent: it was ended. Of a whole network only cloud_only is filled. Requires images of the
// network's size, at least one.
std::optional<SplitEvaluation> evaluate_split_network(const SplitNetwork& network,
                                                      const LabelledImages& images,
                                                      const std::vector<double>& shares,
                                                      const EvaluationGoesOn& goes_on = {});

}  // namespace flyball
