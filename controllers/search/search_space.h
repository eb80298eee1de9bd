// What a search chooses from: every combination of the levels that the limits allow, numbered.
// Constant after construction; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "env/action_space.h"
#include "env/knob.h"

namespace flyball {

class SearchSpace {
 public:
  // Throws std::invalid_argument where `limits` does not fit the knobs, or for too many candidates
  // (ActionSpace::kMaxActions).
  SearchSpace(std::vector<Knob> knobs, std::vector<LevelRange> limits);

  std::size_t size() const { return actions_.size(); }
  std::size_t knob_count() const { return knobs_.size(); }
  std::span<const Knob> knobs() const { return knobs_; }
  // Levels per knob.
  std::span<const std::size_t> counts() const { return actions_.counts(); }

  // All knobs at their highest: the fastest clocks, and the batch ceiling of one who sets none.
  std::size_t start() const { return size() - 1; }

  // In the knobs' own tables. Requires: candidate < size().
  std::vector<Level> levels_of(std::size_t candidate) const;
  // Absent: the limits do not allow it.
  std::optional<std::size_t> candidate_of(std::span<const Level> levels) const;
  Setting setting_of(std::size_t candidate) const;
  double value(std::size_t candidate, std::size_t knob) const;
  // Natural logarithms of the values, one per knob.
  std::span<const double> logs(std::size_t candidate) const;

  // One knob moved by so many levels; absent beyond the limits.
  std::optional<std::size_t> moved(std::size_t candidate, std::size_t knob, int levels) const;

  // By which factor latency at `to` may be above that at `from`: the largest ratio of a clock,
  // since no part of the work slows by more than its own clock does; of a batch size, either way.
  double slowdown_bound(std::size_t from, std::size_t to) const;
  // No clock of `candidate` is above that of `other`, and the batch is the same.
  bool is_below(std::size_t candidate, std::size_t other) const;
  // The largest distance between two candidates' logarithms in any knob.
  double distance(std::size_t a, std::size_t b) const;

  // "cpu 1190.4 MHz, gpu 420 MHz, batch 4".
  std::string text(std::size_t candidate) const;

 private:
  std::vector<Knob> knobs_;
  std::vector<LevelRange> limits_;
  ActionSpace actions_;       // of the allowed levels
  std::vector<double> logs_;  // [candidate, knob]
};

}  // namespace flyball
