// Priorities by slot and their sums: draws a slot with a chance proportional to its priority. Not
// thread-safe.
//
// Sixteen children a node, one cache line of floats: five levels hold a million priorities. A node
// is always summed anew from its children, never changed by a difference, so no rounding error
// accumulates however many updates there are.
#pragma once

#include <cstddef>
#include <vector>

namespace flyball {

class SumTree {
 public:
  // All priorities are 0 at first. Throws std::invalid_argument for a capacity of 0.
  explicit SumTree(std::size_t capacity);

  std::size_t capacity() const { return capacity_; }
  float total() const { return levels_.back().front(); }
  float get(std::size_t slot) const { return levels_.front()[slot]; }
  // Requires: slot < capacity(); priority finite and >= 0.
  void set(std::size_t slot, float priority);
  // The slot in which the running sum of priorities passes `sum`. Never one of priority 0.
  // Requires: total() > 0; sum in [0, total()].
  std::size_t find(float sum) const;

 private:
  static constexpr std::size_t kWidth = 16;

  std::size_t capacity_;
  std::vector<std::vector<float>> levels_;  // leaves first, the root last; padded with zeros
};

}  // namespace flyball
