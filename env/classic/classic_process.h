// A controlled process in continuous time: what ConcurrentEnvironment runs. Not thread-safe. Throws
// nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <random>
#include <span>

#include "env/reward.h"

namespace flyball {

class ClassicProcess {
 public:
  virtual ~ClassicProcess() = default;
  virtual std::size_t state_size() const = 0;
  // Levels of the one knob; `share` is a level's force in [-1, 1]. Requires of every level given:
  // it is below level_count().
  virtual std::size_t level_count() const = 0;
  virtual float share(std::size_t level) const = 0;
  virtual void reset(std::mt19937_64& random) = 0;
  // Runs for `seconds` under `level`, in Gymnasium's ticks (the last one shorter where `seconds`
  // ends inside), and adds what that cost. False when the episode ended inside: the rest did not
  // happen.
  virtual bool advance(std::size_t level, double seconds, SpanCost& cost) = 0;
  // Writes state_size() numbers of size about 1.
  virtual void observe(std::span<float> state) const = 0;
  // How a span's cost becomes Gymnasium's reward.
  virtual RewardConfig reward_config() const = 0;
  virtual double tick_seconds() const = 0;
  // Gymnasium's time limit: a truncation.
  virtual double horizon_seconds() const = 0;
};

}  // namespace flyball
