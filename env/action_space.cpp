#include "env/action_space.h"

#include <fmt/format.h>

#include <stdexcept>

namespace flyball {

ActionSpace::ActionSpace(std::vector<std::size_t> counts) : counts_(std::move(counts)) {
  if (counts_.empty() || counts_.size() > kMaxKnobs) {
    throw std::invalid_argument(
        fmt::format("knobs: {}, between 1 and {} expected", counts_.size(), kMaxKnobs));
  }
  for (const std::size_t count : counts_) {
    if (count == 0) throw std::invalid_argument("knobs: one of them has no level");
    if (count > kMaxActions / size_) {
      throw std::invalid_argument(fmt::format("knobs: more than {} joint actions", kMaxActions));
    }
    size_ *= count;
  }
}

std::size_t ActionSpace::index_of(std::span<const Level> levels) const {
  std::size_t index = 0;
  for (std::size_t k = 0; k < counts_.size(); ++k) index = index * counts_[k] + levels[k];
  return index;
}

void ActionSpace::levels_of(std::size_t index, std::span<Level> levels) const {
  for (std::size_t k = counts_.size(); k-- > 0;) {
    levels[k] = static_cast<Level>(index % counts_[k]);
    index /= counts_[k];
  }
}

std::vector<std::uint8_t> ActionSpace::mask(std::span<const LevelRange> limits) const {
  if (limits.size() != counts_.size()) {
    throw std::invalid_argument(
        fmt::format("limits: {} given, one per knob ({}) expected", limits.size(), counts_.size()));
  }
  std::vector<std::uint8_t> mask(size_, 1);
  std::vector<Level> levels(counts_.size());
  for (std::size_t action = 0; action < size_; ++action) {
    levels_of(action, levels);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      if (levels[k] < limits[k].floor || levels[k] > limits[k].ceiling) mask[action] = 0;
    }
  }
  return mask;
}

}  // namespace flyball
