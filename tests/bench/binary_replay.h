// The yardstick for prioritized replay: a textbook binary sum-and-min tree over plain arrays, as
// most frameworks have it (Schaul et al. 2016, appendix B.2.1: the sum tree for draws, the min tree
// for the largest weight). Not thread-safe. Benchmarks only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "env/draw.h"
#include "replay/transition.h"

namespace flyball {

class BinaryReplay {
 public:
  BinaryReplay(std::size_t capacity, std::size_t observation_size)
      : capacity_(capacity),
        observation_size_(observation_size),
        observations_(capacity * observation_size),
        next_observations_(capacity * observation_size),
        actions_(capacity),
        costs_(capacity),
        terminated_(capacity) {
    while (leaves_ < capacity) leaves_ *= 2;
    sums_.assign(2 * leaves_, 0.0);
    minima_.assign(2 * leaves_, std::numeric_limits<double>::infinity());
  }

  // What a sample gives: the columns a DQN step needs.
  struct Batch {
    std::vector<float> observations;
    std::vector<float> next_observations;
    std::vector<std::int64_t> actions;
    std::vector<float> costs;
    std::vector<float> terminated;
    std::vector<float> weights;
    std::vector<std::size_t> slots;
  };

  void add(const Transition& transition) {
    const std::size_t slot = inserted_++ % capacity_;
    const auto at = static_cast<std::ptrdiff_t>(slot * observation_size_);
    std::copy(transition.observation.begin(), transition.observation.end(),
              observations_.begin() + at);
    std::copy(transition.next_observation.begin(), transition.next_observation.end(),
              next_observations_.begin() + at);
    actions_[slot] = transition.action;
    costs_[slot] = static_cast<float>(*transition.after_effect.energy_joules);
    terminated_[slot] = transition.terminated ? 1.0F : 0.0F;
    set(slot, highest_);
  }

  void sample(std::size_t rows, std::mt19937_64& random, Batch& batch) {
    resize(batch, rows);
    const auto count = static_cast<double>(std::min(inserted_, capacity_));
    const double stratum = sums_[1] / static_cast<double>(rows);
    const double heaviest = std::pow(minima_[1] / sums_[1] * count, -kBeta);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t slot = find((static_cast<double>(row) + draw_unit(random)) * stratum);
      const double chance = sums_[leaves_ + slot] / sums_[1];
      batch.weights[row] = static_cast<float>(std::pow(chance * count, -kBeta) / heaviest);
      batch.slots[row] = slot;
      gather(slot, row, batch);
    }
  }

  void update_priorities(std::span<const std::size_t> slots, std::span<const float> td_errors) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const double priority = std::pow(std::abs(td_errors[i]) + kFloor, kAlpha);
      set(slots[i], priority);
      highest_ = std::max(highest_, priority);
    }
  }

 private:
  static constexpr double kAlpha = 0.6;
  static constexpr double kBeta = 0.4;
  static constexpr double kFloor = 1e-3;

  void set(std::size_t slot, double priority) {
    std::size_t node = leaves_ + slot;
    sums_[node] = priority;
    minima_[node] = priority;
    for (node /= 2; node > 0; node /= 2) {
      sums_[node] = sums_[2 * node] + sums_[2 * node + 1];
      minima_[node] = std::min(minima_[2 * node], minima_[2 * node + 1]);
    }
  }

  std::size_t find(double sum) const {
    std::size_t node = 1;
    while (node < leaves_) {
      node *= 2;
      if (sum >= sums_[node] && sums_[node + 1] > 0.0) {
        sum -= sums_[node];
        ++node;
      }
    }
    return node - leaves_;
  }

  void resize(Batch& batch, std::size_t rows) const {
    batch.observations.resize(rows * observation_size_);
    batch.next_observations.resize(rows * observation_size_);
    batch.actions.resize(rows);
    batch.costs.resize(rows);
    batch.terminated.resize(rows);
    batch.weights.resize(rows);
    batch.slots.resize(rows);
  }

  void gather(std::size_t slot, std::size_t row, Batch& batch) const {
    std::copy_n(observations_.data() + slot * observation_size_, observation_size_,
                batch.observations.data() + row * observation_size_);
    std::copy_n(next_observations_.data() + slot * observation_size_, observation_size_,
                batch.next_observations.data() + row * observation_size_);
    batch.actions[row] = actions_[slot];
    batch.costs[row] = costs_[slot];
    batch.terminated[row] = terminated_[slot];
  }

  std::size_t capacity_;
  std::size_t observation_size_;
  std::size_t inserted_ = 0;
  std::size_t leaves_ = 1;
  double highest_ = 1.0;
  std::vector<double> sums_;    // the root at 1, the leaves from leaves_ on
  std::vector<double> minima_;  // likewise
  std::vector<float> observations_;
  std::vector<float> next_observations_;
  std::vector<std::int64_t> actions_;
  std::vector<float> costs_;
  std::vector<float> terminated_;
};

}  // namespace flyball
