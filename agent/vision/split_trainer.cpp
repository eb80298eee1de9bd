#include "agent/vision/split_trainer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace flyball {

namespace {

constexpr double kForgets = 0.02;  // of the running loss, per step

// Copies of the images named.
LabelledImages chosen(const LabelledImages& images, std::span<const std::size_t> indices) {
  LabelledImages batch{images.rows, images.columns, {}, {}};
  for (const std::size_t index : indices) {
    const auto pixels = images.pixels_of(index, 1);
    batch.pixels.insert(batch.pixels.end(), pixels.begin(), pixels.end());
    batch.labels.push_back(images.labels[index]);
  }
  return batch;
}

std::size_t draw_kept(std::size_t channels, double edge_only, std::mt19937_64& random) {
  if (std::bernoulli_distribution(edge_only)(random)) return channels;
  return std::uniform_int_distribution<std::size_t>(0, channels - 1)(random);
}

double learning_rate(const SplitTrainConfig& config, std::size_t step, std::size_t steps) {
  const double share = static_cast<double>(step) / static_cast<double>(steps);
  return 0.5 * config.learning_rate * (1.0 + std::cos(std::numbers::pi * share));
}

std::size_t batch_size(const LabelledImages& images, const SplitTrainConfig& config) {
  return std::min(config.batch, images.count());
}

}  // namespace

std::size_t training_steps(const LabelledImages& images, const SplitTrainConfig& config) {
  return images.count() / batch_size(images, config) * config.epochs;
}

std::size_t train_split_network(SplitNetwork& network, const LabelledImages& images,
                                const SplitTrainConfig& config, std::uint64_t seed,
                                const GoesOn& goes_on) {
  validate(config, network.config());
  const ImageShape& shape = network.shape();
  if (images.count() == 0 || images.rows != shape.rows || images.columns != shape.columns) {
    throw std::invalid_argument("images of the network's size expected");
  }
  std::mt19937_64 random(seed);
  std::vector<std::size_t> order(images.count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t size = batch_size(images, config);
  const std::size_t steps_per_epoch = images.count() / size;
  SplitProgress progress{0, training_steps(images, config), 0.0};
  while (progress.step < progress.steps) {
    const std::size_t within_epoch = progress.step % steps_per_epoch;
    if (within_epoch == 0) std::shuffle(order.begin(), order.end(), random);
    const LabelledImages batch =
        chosen(images, std::span(order).subspan(within_epoch * size, size));
    const double loss = network.fit(
        {batch.pixels, batch.labels, draw_kept(network.config().channels, config.edge_only, random),
         learning_rate(config, progress.step, progress.steps)},
        config);
    progress.loss += (progress.step == 0 ? 1.0 : kForgets) * (loss - progress.loss);
    ++progress.step;
    if (goes_on && !goes_on(progress)) break;
  }
  return progress.step;
}

}  // namespace flyball
