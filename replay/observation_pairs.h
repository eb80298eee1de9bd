// Observations and what followed each of them, in a ring. A log is a chain: what follows one
// observation is, but for gaps, the observation of the next row. Such a successor is stored once.
// Not thread-safe.
//
// Which rows have a successor of their own is one bit a row; its place is found by counting bits,
// with a running count per 64 rows: a quarter of a byte per row.
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/aligned_allocator.h"

namespace flyball {

class ObservationPairs {
 public:
  // Holds the newest `capacity` pairs of observations of `width` floats.
  ObservationPairs(std::size_t capacity, std::size_t width);

  std::size_t size() const { return observations_.size() / width_; }
  // Requires: `width` floats each. The oldest pair makes room when the ring is full.
  void push(std::span<const float> observation, std::span<const float> next);
  // `width` floats that stay until the next push; `index` counts from the oldest pair.
  // Requires: index < size().
  const float* observation(std::size_t index) const { return &observations_[index * width_]; }
  const float* next(std::size_t index) const;
  // Successors with a place of their own.
  std::size_t own() const { return own_.size() / width_; }
  std::size_t memory_bytes() const;

 private:
  using Ring = boost::circular_buffer<float, AlignedAllocator<float>>;

  // Of 64 pairs, by insertion count: which have a successor of their own, and how many had before.
  struct Block {
    std::uint64_t bits = 0;
    std::uint64_t before = 0;
  };
  static constexpr std::size_t kBlockPairs = 64;

  Block& block(std::uint64_t pair) { return blocks_[pair / kBlockPairs % blocks_.size()]; }
  const Block& block(std::uint64_t pair) const {
    return blocks_[pair / kBlockPairs % blocks_.size()];
  }
  bool has_own(std::uint64_t pair) const {
    return (block(pair).bits >> (pair % kBlockPairs) & 1U) != 0;
  }
  void settle_newest(std::span<const float> successor);
  void evict_oldest();

  std::size_t capacity_;
  std::size_t width_;
  std::uint64_t inserted_ = 0;
  std::uint64_t own_inserted_ = 0;
  std::uint64_t own_evicted_ = 0;
  Ring observations_;          // capacity * width
  Ring own_;                   // successors that are not the next row's observation; grows
  std::vector<float> newest_;  // the successor of the newest pair
  std::vector<Block> blocks_;
};

}  // namespace flyball
