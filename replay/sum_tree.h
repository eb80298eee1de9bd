// Priorities by slot and their sums: draws a slot with a chance proportional to its priority. Not
// thread-safe.
//
// Sixteen children a node, one cache line of floats: five levels hold a million priorities. A node
// is always summed anew from its children, never changed by a difference, so no rounding error
// accumulates however many updates there are. Batches go through the tree level by level: a node is
// summed once however many of its children changed, and the lines of all rows are fetched at once
// instead of one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/aligned_allocator.h"

namespace flyball {

class SumTree {
 public:
  // All priorities are 0 at first. Throws std::invalid_argument for a capacity of 0 or above 2^32.
  explicit SumTree(std::size_t capacity);

  std::size_t capacity() const { return capacity_; }
  float total() const { return levels_.back().front(); }
  float get(std::size_t slot) const { return levels_.front()[slot]; }
  // Requires: slots < capacity(); priorities finite and >= 0. Of a slot that is named twice the
  // last priority counts.
  void set(std::size_t slot, float priority);
  void set(std::span<const std::uint32_t> slots, std::span<const float> priorities);
  // As set(slot, priority) for all slots in [first, last].
  void fill(std::size_t first, std::size_t last, float priority);
  // The slot in which the running sum of priorities passes `sum`. Never one of priority 0.
  // Requires: total() > 0; sum in [0, total()].
  std::size_t find(float sum) const;
  // The same for each of `sums`, which are used up. Requires: as many slots as sums.
  void find(std::span<float> sums, std::span<std::uint32_t> slots) const;
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kWidth = 16;
  using Level = std::vector<float, AlignedAllocator<float>>;

  void sum_children(std::size_t level, std::size_t node);

  std::size_t capacity_;
  std::vector<Level> levels_;           // leaves first, the root last; padded with zeros
  std::vector<std::uint32_t> changed_;  // scratch of set(): nodes whose children changed
};

}  // namespace flyball
