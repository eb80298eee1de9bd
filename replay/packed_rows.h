// Rows of a few 32-bit values in a ring. A column that has held the same bits since the first row
// takes no memory: most logs leave several of a transition's columns at one value. Not thread-safe.
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "env/aligned_allocator.h"

namespace flyball {

class PackedRows {
 public:
  // Holds the newest `capacity` rows of `columns` values each.
  PackedRows(std::size_t capacity, std::size_t columns);

  std::size_t size() const { return size_; }
  // Requires: one value per column. The oldest row makes room when the ring is full.
  void push(std::span<const std::uint32_t> row);
  // `index` counts from the oldest row. Requires: index < size(), one place per column.
  void read(std::size_t index, std::span<std::uint32_t> row) const;
  void prefetch_row(std::size_t index) const;
  // Columns that take memory.
  std::size_t stored_columns() const { return stored_.size(); }
  std::size_t memory_bytes() const;

 private:
  using Ring = boost::circular_buffer<std::uint32_t, AlignedAllocator<std::uint32_t>>;

  void store(std::size_t column);

  std::size_t capacity_;
  std::size_t size_ = 0;
  std::vector<std::uint32_t> constants_;  // the first row: what columns without memory hold
  std::vector<std::size_t> stored_;       // columns in the ring, in their order there
  std::vector<std::uint8_t> is_stored_;   // by column
  Ring values_;                           // [rows, stored columns]
};

}  // namespace flyball
