#include "agent/action_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "env/action_space.h"

namespace flyball {

namespace {

using Column = std::vector<double>;

// Per knob and level: the logarithm scaled to [-1, 1], of what may be 0 the level itself; 0 for a
// knob with one level.
std::vector<Column> scaled_log_levels(std::span<const Knob> knobs) {
  std::vector<Column> scaled;
  for (const Knob& knob : knobs) {
    const auto scale = [&](double level) {
      return may_be_zero(knob.name) ? level : std::log(level);
    };
    const double low = scale(knob.levels.front());
    const double span = scale(knob.levels.back()) - low;
    Column column;
    for (const double level : knob.levels) {
      column.push_back(span > 0.0 ? 2.0 * (scale(level) - low) / span - 1.0 : 0.0);
    }
    scaled.push_back(std::move(column));
  }
  return scaled;
}

// All exponents per knob whose sum is at most `degree`, low sums first.
std::vector<std::vector<std::size_t>> exponents(std::size_t knobs, std::size_t degree) {
  std::vector<std::vector<std::size_t>> all{{}};
  for (std::size_t k = 0; k < knobs; ++k) {
    std::vector<std::vector<std::size_t>> longer;
    for (const auto& head : all) {
      for (std::size_t power = 0; power <= degree; ++power) {
        longer.push_back(head);
        longer.back().push_back(power);
      }
    }
    all = std::move(longer);
  }
  const auto sum = [](const std::vector<std::size_t>& powers) {
    std::size_t total = 0;
    for (const std::size_t power : powers) total += power;
    return total;
  };
  std::erase_if(all, [&](const auto& powers) { return sum(powers) > degree; });
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return sum(a) < sum(b); });
  return all;
}

double mean_product(const Column& a, const Column& b, const std::vector<std::size_t>& supported) {
  double sum = 0.0;
  for (const std::size_t action : supported) sum += a[action] * b[action];
  return sum / static_cast<double>(supported.size());
}

// Gram-Schmidt, twice for accuracy. False when nothing new is left of the column.
bool orthonormalise(Column& column, const std::vector<Column>& basis,
                    const std::vector<std::size_t>& supported) {
  const double before = mean_product(column, column, supported);
  for (int pass = 0; pass < 2; ++pass) {
    for (const Column& other : basis) {
      const double share = mean_product(column, other, supported);
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * other[i];
    }
  }
  const double after = mean_product(column, column, supported);
  if (!(after > 1e-8 * before) || !(after > 1e-12)) return false;
  for (double& value : column) value /= std::sqrt(after);
  return true;
}

}  // namespace

Tensor action_features(std::span<const Knob> knobs, std::size_t degree,
                       std::span<const std::uint8_t> support) {
  if (degree < 1 || degree > 6) {
    throw std::invalid_argument(fmt::format("network.degree = {}: must be in [1, 6]", degree));
  }
  const ActionSpace actions = action_space_of(knobs);
  std::vector<std::size_t> supported;
  for (std::size_t action = 0; action < actions.size(); ++action) {
    if (support.empty() || support[action] != 0) supported.push_back(action);
  }
  if (supported.empty()) throw std::invalid_argument("the logs support no action");

  const std::vector<Column> scaled = scaled_log_levels(knobs);
  std::vector<Column> basis;
  std::vector<Level> levels(knobs.size());
  for (const auto& powers : exponents(knobs.size(), degree)) {
    Column column(actions.size(), 1.0);
    for (std::size_t action = 0; action < actions.size(); ++action) {
      actions.levels_of(action, levels);
      for (std::size_t k = 0; k < knobs.size(); ++k) {
        column[action] *= std::pow(scaled[k][levels[k]], static_cast<double>(powers[k]));
      }
    }
    if (orthonormalise(column, basis, supported)) basis.push_back(std::move(column));
  }
  Tensor phi{{actions.size(), basis.size()}, {}};
  phi.values.reserve(actions.size() * basis.size());
  for (std::size_t action = 0; action < actions.size(); ++action) {
    for (const Column& column : basis) phi.values.push_back(static_cast<float>(column[action]));
  }
  return phi;
}

}  // namespace flyball
