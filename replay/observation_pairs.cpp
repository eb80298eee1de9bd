#include "replay/observation_pairs.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace flyball {

ObservationPairs::ObservationPairs(std::size_t capacity, std::size_t width)
    : capacity_(capacity),
      width_(width),
      observations_(capacity * width),
      newest_(width),
      blocks_(capacity / kBlockPairs + 2) {}

const float* ObservationPairs::next(std::size_t index) const {
  if (index + 1 == size()) return newest_.data();
  const std::uint64_t pair = inserted_ - size() + index;
  if (!has_own(pair)) return observation(index + 1);
  const Block& of_pair = block(pair);
  const std::uint64_t below = (std::uint64_t{1} << (pair % kBlockPairs)) - 1;
  const auto rank = static_cast<std::size_t>(std::popcount(of_pair.bits & below));
  return &own_[(of_pair.before + rank - own_evicted_) * width_];
}

// The newest pair gets a younger neighbour: is that its successor? Bits are compared, so that what
// was put in comes out.
void ObservationPairs::settle_newest(std::span<const float> successor) {
  if (std::memcmp(newest_.data(), successor.data(), width_ * sizeof(float)) == 0) return;
  const std::uint64_t pair = inserted_ - 1;
  block(pair).bits |= std::uint64_t{1} << (pair % kBlockPairs);
  ++own_inserted_;
  if (own_.full()) {
    own_.set_capacity(
        std::min(std::max(2 * own_.capacity(), kBlockPairs * width_), capacity_ * width_));
  }
  own_.insert(own_.end(), newest_.begin(), newest_.end());
}

void ObservationPairs::evict_oldest() {
  if (!has_own(inserted_ - size())) return;
  own_.erase_begin(width_);
  ++own_evicted_;
}

void ObservationPairs::push(std::span<const float> observation, std::span<const float> next) {
  if (inserted_ > 0) settle_newest(observation);
  if (size() == capacity_) evict_oldest();
  if (inserted_ % kBlockPairs == 0) block(inserted_) = {0, own_inserted_};
  observations_.insert(observations_.end(), observation.begin(), observation.end());
  std::copy(next.begin(), next.end(), newest_.begin());
  ++inserted_;
}

std::size_t ObservationPairs::memory_bytes() const {
  return (observations_.capacity() + own_.capacity() + newest_.capacity()) * sizeof(float) +
         blocks_.capacity() * sizeof(Block);
}

}  // namespace flyball
