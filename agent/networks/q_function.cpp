#include "agent/networks/q_function.h"

#include <vector>

namespace flyball {

void QFunction::cheapest(std::span<const float> observations,
                         std::span<const std::uint32_t> allowed, std::span<std::uint32_t> actions) {
  const std::size_t count = action_count();
  std::vector<float> values(actions.size() * count);
  predict(observations, values);
  for (std::size_t row = 0; row < actions.size(); ++row) {
    const float* of_row = values.data() + row * count;
    actions[row] = allowed.front();
    for (const std::uint32_t action : allowed) {
      if (of_row[action] < of_row[actions[row]]) actions[row] = action;
    }
  }
}

void QFunction::evaluate(std::span<const float> observations,
                         std::span<const std::uint32_t> actions, std::span<float> values) {
  const std::size_t count = action_count();
  std::vector<float> all(actions.size() * count);
  predict(observations, all);
  for (std::size_t row = 0; row < actions.size(); ++row) {
    values[row] = all[row * count + actions[row]];
  }
}

}  // namespace flyball
