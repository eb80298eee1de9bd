#include "replay/prioritized_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "replay/draw.h"

namespace flyball {

namespace {

void require(bool holds, const char* key, double value, const char* range) {
  if (!holds) {
    throw std::invalid_argument(fmt::format("replay.{} = {}: must be {}", key, value, range));
  }
}

}  // namespace

void validate(const PriorityConfig& config) {
  require(config.alpha >= 0.0 && config.alpha <= 1.0, "alpha", config.alpha, "in [0, 1]");
  require(config.beta >= 0.0 && config.beta <= 1.0, "beta", config.beta, "in [0, 1]");
  require(config.beta_samples > 0.0, "beta_samples", config.beta_samples, "> 0");
  require(config.floor > 0.0, "floor", config.floor, "> 0");
}

PrioritizedReplay::PrioritizedReplay(const ReplayShape& shape, const PriorityConfig& config)
    : config_(config), store_(shape), tree_(shape.capacity) {
  validate(config);
}

void PrioritizedReplay::add(const Transition& transition) {
  tree_.set(store_.slot(store_.push(transition)), highest_);
}

double PrioritizedReplay::beta() const {
  return config_.beta + (1.0 - config_.beta) * std::min(1.0, drawn_ / config_.beta_samples);
}

void PrioritizedReplay::sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) {
  if (size() == 0) throw std::logic_error("sampling from an empty replay buffer");
  ids_.resize(rows);
  importance_.resize(rows);
  const double total = tree_.total();
  const double stratum = total / static_cast<double>(rows);
  const double exponent = -beta();
  double largest = 0.0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double sum = (static_cast<double>(row) + draw_unit(random)) * stratum;
    const std::size_t slot = tree_.find(static_cast<float>(std::min(sum, total)));
    ids_[row] = store_.id_of(slot);
    // (size * chance)^-beta; the size cancels in the division by the largest.
    importance_[row] = std::pow(tree_.get(slot), exponent);
    largest = std::max(largest, importance_[row]);
  }
  store_.gather(ids_, batch);
  for (std::size_t row = 0; row < rows; ++row) {
    batch.weights[row] *= static_cast<float>(importance_[row] / largest);
  }
  drawn_ += static_cast<double>(rows);
}

void PrioritizedReplay::update_priorities(std::span<const std::uint64_t> ids,
                                          std::span<const float> td_errors) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!store_.holds(ids[i])) continue;
    const double error = std::abs(static_cast<double>(td_errors[i])) + config_.floor;
    const auto priority = static_cast<float>(std::pow(error, config_.alpha));
    tree_.set(store_.slot(ids[i]), priority);
    highest_ = std::max(highest_, priority);
  }
}

}  // namespace flyball
