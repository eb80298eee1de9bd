// Joint actions: one level per knob as a single index (mixed radix, the last knob fastest).
// Constant after construction; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "env/knob.h"

namespace flyball {

class ActionSpace {
 public:
  // `counts`: levels per knob. Throws std::invalid_argument for no knob, more than kMaxKnobs, an
  // empty knob, or more than kMaxActions joint actions.
  explicit ActionSpace(std::vector<std::size_t> counts);

  static constexpr std::size_t kMaxActions = std::size_t{1} << 20;

  std::size_t size() const { return size_; }
  std::size_t knob_count() const { return counts_.size(); }
  std::span<const std::size_t> counts() const { return counts_; }

  // Requires: one level per knob, each below its count.
  std::size_t index_of(std::span<const Level> levels) const;
  // Requires: index < size(), one entry per knob.
  void levels_of(std::size_t index, std::span<Level> levels) const;

  // One byte per joint action: 1 where every level lies inside its knob's limits. Throws
  // std::invalid_argument when `limits` does not fit the knobs.
  std::vector<std::uint8_t> mask(std::span<const LevelRange> limits) const;

 private:
  std::vector<std::size_t> counts_;
  std::size_t size_ = 1;
};

// Of knobs, or of anything else with `levels`.
template <typename Knobs>
ActionSpace action_space_of(const Knobs& knobs) {
  std::vector<std::size_t> counts;
  for (const auto& knob : knobs) counts.push_back(knob.levels.size());
  return ActionSpace(std::move(counts));
}

}  // namespace flyball
