#include "replay/packed_rows.h"

#include <algorithm>

namespace flyball {

PackedRows::PackedRows(std::size_t capacity, std::size_t columns)
    : capacity_(capacity), constants_(columns, 0), is_stored_(columns, 0) {}

// From now on `column` has a place in every row; the rows so far get its constant.
void PackedRows::store(std::size_t column) {
  const std::size_t before = stored_.size();
  Ring wider(capacity_ * (before + 1));
  for (std::size_t row = 0; row < size_; ++row) {
    const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(row * before);
    wider.insert(wider.end(), begin, begin + static_cast<std::ptrdiff_t>(before));
    wider.push_back(constants_[column]);
  }
  values_.swap(wider);
  stored_.push_back(column);
  is_stored_[column] = 1;
}

void PackedRows::push(std::span<const std::uint32_t> row) {
  if (size_ == 0) std::copy(row.begin(), row.end(), constants_.begin());
  for (std::size_t column = 0; column < row.size(); ++column) {
    if (is_stored_[column] == 0 && row[column] != constants_[column]) store(column);
  }
  for (const std::size_t column : stored_) values_.push_back(row[column]);
  size_ = std::min(size_ + 1, capacity_);
}

void PackedRows::read(std::size_t index, std::span<std::uint32_t> row) const {
  std::copy(constants_.begin(), constants_.end(), row.begin());
  const std::size_t begin = index * stored_.size();
  for (std::size_t i = 0; i < stored_.size(); ++i) row[stored_[i]] = values_[begin + i];
}

void PackedRows::prefetch_row(std::size_t index) const {
  if (stored_.empty()) return;
  const std::size_t begin = index * stored_.size();
  prefetch(&values_[begin]);
  prefetch(&values_[begin + stored_.size() - 1]);
}

std::size_t PackedRows::memory_bytes() const { return values_.capacity() * sizeof(std::uint32_t); }

}  // namespace flyball
