#include "replay/sum_tree.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace flyball {

namespace {

constexpr std::size_t kGroups = 4;  // of the sixteen children
constexpr std::size_t kGroupSize = 4;

// In pairs, the form that vectorises; the order is the same on every machine.
float sum_of(const float* children) {
  float eight[8];
  for (std::size_t i = 0; i < 8; ++i) eight[i] = children[i] + children[i + 8];
  float four[4];
  for (std::size_t i = 0; i < 4; ++i) four[i] = eight[i] + eight[i + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Rounding has led past the last of the first `count` children: the last one with any priority.
std::size_t last_positive(const float* children, std::size_t count) {
  while (count > 1 && children[count - 1] <= 0.0F) --count;
  return count - 1;
}

// The child in which the running sum passes `sum`, from which the children before it are taken off:
// first the group of four, then the child. Counts instead of branches: where a draw falls cannot be
// predicted. A child in which it passes has a priority above 0.
std::size_t descend(const float* children, float& sum) {
  float before[kGroups];
  before[0] = 0.0F;
  std::size_t group = 0;
  for (std::size_t g = 1; g < kGroups; ++g) {
    const float* c = children + (g - 1) * kGroupSize;
    before[g] = before[g - 1] + ((c[0] + c[1]) + (c[2] + c[3]));
    group += before[g] <= sum ? 1 : 0;
  }
  const float* four = children + group * kGroupSize;
  float running[kGroupSize + 1];
  running[0] = before[group];
  std::size_t child = 0;
  for (std::size_t i = 0; i < kGroupSize; ++i) {
    running[i + 1] = running[i] + four[i];
    child += running[i + 1] <= sum ? 1 : 0;
  }
  if (child == kGroupSize) {
    sum = std::numeric_limits<float>::infinity();  // the last one on the levels below, too
    return last_positive(children, (group + 1) * kGroupSize);
  }
  sum -= running[child];
  return group * kGroupSize + child;
}

}  // namespace

SumTree::SumTree(std::size_t capacity) : capacity_(capacity) {
  if (capacity == 0) throw std::invalid_argument("sum tree: capacity must be > 0");
  if (capacity > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("sum tree: capacity must be below 2^32");
  }
  std::size_t nodes = capacity;
  do {
    const std::size_t parents = (nodes + kWidth - 1) / kWidth;
    levels_.emplace_back(parents * kWidth, 0.0F);
    nodes = parents;
  } while (nodes > 1);
  levels_.emplace_back(1, 0.0F);
}

void SumTree::sum_children(std::size_t level, std::size_t node) {
  levels_[level][node] = sum_of(levels_[level - 1].data() + node * kWidth);
}

void SumTree::set(std::size_t slot, float priority) {
  levels_.front()[slot] = priority;
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    slot /= kWidth;
    sum_children(level, slot);
  }
}

void SumTree::set(std::span<const std::uint32_t> slots, std::span<const float> priorities) {
  Level& leaves = levels_.front();
  for (const std::uint32_t slot : slots) prefetch(&leaves[slot]);
  for (std::size_t i = 0; i < slots.size(); ++i) leaves[slots[i]] = priorities[i];
  changed_.assign(slots.begin(), slots.end());
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    // Slots of one batch come mostly in ascending order: what is equal is adjacent.
    std::size_t count = 0;
    for (const std::uint32_t child : changed_) {
      const std::uint32_t node = child / kWidth;
      if (count > 0 && changed_[count - 1] == node) continue;
      changed_[count++] = node;
    }
    changed_.resize(count);
    for (const std::uint32_t node : changed_) prefetch(&levels_[level][node]);
    for (const std::uint32_t node : changed_) sum_children(level, node);
  }
}

void SumTree::fill(std::size_t first, std::size_t last, float priority) {
  std::fill(levels_.front().begin() + static_cast<std::ptrdiff_t>(first),
            levels_.front().begin() + static_cast<std::ptrdiff_t>(last + 1), priority);
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    first /= kWidth;
    last /= kWidth;
    for (std::size_t node = first; node <= last; ++node) sum_children(level, node);
  }
}

std::size_t SumTree::find(float sum) const {
  std::size_t node = 0;
  for (std::size_t level = levels_.size() - 1; level-- > 0;) {
    node = node * kWidth + descend(levels_[level].data() + node * kWidth, sum);
  }
  return node;
}

void SumTree::find(std::span<float> sums, std::span<std::uint32_t> slots) const {
  std::fill(slots.begin(), slots.end(), 0);
  for (std::size_t level = levels_.size() - 1; level-- > 0;) {
    const float* values = levels_[level].data();
    const float* below = level > 0 ? levels_[level - 1].data() : nullptr;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const std::size_t node = slots[i];
      const std::size_t child = node * kWidth + descend(values + node * kWidth, sums[i]);
      slots[i] = static_cast<std::uint32_t>(child);
      if (below != nullptr) prefetch(below + child * kWidth);
    }
  }
}

std::size_t SumTree::memory_bytes() const {
  std::size_t bytes = changed_.capacity() * sizeof(std::uint32_t);
  for (const Level& level : levels_) bytes += level.capacity() * sizeof(float);
  return bytes;
}

}  // namespace flyball
