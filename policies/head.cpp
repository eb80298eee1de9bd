#include "policies/head.h"

#include <algorithm>

namespace flyball {

const char* to_string(Head head) { return word_of(head); }

void fold_dueling(Tensor& weight, Tensor& bias, std::span<const std::size_t> groups) {
  const std::size_t inputs = weight.shape[1];
  // A bias is a column of its own: the same sums.
  const auto fold = [groups](std::vector<float>& values, std::size_t columns) {
    std::vector<float> folded(values.begin() + static_cast<std::ptrdiff_t>(columns), values.end());
    std::size_t row = 0;
    for (const std::size_t count : groups) {
      for (std::size_t c = 0; c < columns; ++c) {
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
          sum += static_cast<double>(folded[(row + i) * columns + c]);
        }
        const double shift = static_cast<double>(values[c]) - sum / static_cast<double>(count);
        for (std::size_t i = 0; i < count; ++i) {
          float& value = folded[(row + i) * columns + c];
          value = static_cast<float>(static_cast<double>(value) + shift);
        }
      }
      row += count;
    }
    values = std::move(folded);
  };
  fold(weight.values, inputs);
  fold(bias.values, 1);
  --weight.shape[0];
  --bias.shape[0];
}

void expand_branches(std::span<const float> branches, std::span<const std::size_t> counts,
                     std::span<float> values) noexcept {
  // From the last knob to the first: what is done so far is a block that repeats with each level.
  const float share = 1.0F / static_cast<float>(counts.size());
  std::size_t begin = branches.size();
  std::size_t block = 1;
  values[0] = 0.0F;
  for (std::size_t k = counts.size(); k-- > 0;) {
    begin -= counts[k];
    for (std::size_t level = counts[k]; level-- > 0;) {  // block 0, the source, comes last
      const float own = share * branches[begin + level];
      for (std::size_t i = 0; i < block; ++i) values[level * block + i] = values[i] + own;
    }
    block *= counts[k];
  }
}

}  // namespace flyball
