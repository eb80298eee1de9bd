#include "replay/sum_tree.h"

#include <stdexcept>

namespace flyball {

SumTree::SumTree(std::size_t capacity) : capacity_(capacity) {
  if (capacity == 0) throw std::invalid_argument("sum tree: capacity must be > 0");
  std::size_t nodes = capacity;
  do {
    const std::size_t parents = (nodes + kWidth - 1) / kWidth;
    levels_.emplace_back(parents * kWidth, 0.0F);
    nodes = parents;
  } while (nodes > 1);
  levels_.emplace_back(1, 0.0F);
}

void SumTree::set(std::size_t slot, float priority) {
  levels_.front()[slot] = priority;
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    slot /= kWidth;
    const float* children = levels_[level - 1].data() + slot * kWidth;
    float sum = 0.0F;
    for (std::size_t child = 0; child < kWidth; ++child) sum += children[child];
    levels_[level][slot] = sum;
  }
}

std::size_t SumTree::find(float sum) const {
  std::size_t node = 0;
  for (std::size_t level = levels_.size() - 1; level-- > 0;) {
    const float* children = levels_[level].data() + node * kWidth;
    std::size_t last = 0;  // the last child that has any priority: where rounding may leave us
    for (std::size_t child = 0; child < kWidth; ++child) {
      if (children[child] <= 0.0F) continue;
      last = child;
      if (sum < children[child]) break;
      sum -= children[child];
    }
    node = node * kWidth + last;
  }
  return node;
}

}  // namespace flyball
