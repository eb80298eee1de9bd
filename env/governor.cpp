#include "env/governor.h"

namespace flyball {

GovernorScope scope_over(const PlantDescription& plant, std::span<const std::size_t> knobs) {
  GovernorScope scope;
  scope.plant = &plant;
  for (const std::size_t k : knobs) {
    scope.knobs.push_back(plant.knobs.at(k));
    scope.limits.push_back(plant.limits.at(k));
  }
  return scope;
}

Setting full_range(std::span<const LevelRange> limits) {
  Setting setting;
  setting.resize(limits.size());
  for (std::size_t k = 0; k < limits.size(); ++k) setting[k] = limits[k];
  return setting;
}

}  // namespace flyball
