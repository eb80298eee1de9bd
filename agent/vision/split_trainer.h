// Trains a split network end to end on labelled images. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "agent/vision/idx_file.h"
#include "agent/vision/split_network.h"

namespace flyball {

struct SplitProgress {
  std::size_t step = 0;  // done
  std::size_t steps = 0;
  double loss = 0.0;  // running mean
};

// Asked after every step; false stops: the network stays as it is.
using GoesOn = std::function<bool(const SplitProgress&)>;

// Of the whole training: as many as there are full batches, in every epoch.
std::size_t training_steps(const LabelledImages& images, const SplitTrainConfig& config);

// Steps of batches drawn without replacement in every epoch. How many channels stay is drawn anew
// for each: all of them with probability `edge_only`, else any number below. The learning rate
// falls along a cosine. Same seed, one thread: same bits. Throws std::invalid_argument naming the
// key at fault. Returns the steps done.
std::size_t train_split_network(SplitNetwork& network, const LabelledImages& images,
                                const SplitTrainConfig& config, std::uint64_t seed,
                                const GoesOn& goes_on = {});

}  // namespace flyball
