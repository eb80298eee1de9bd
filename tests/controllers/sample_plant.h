// The board that the sample policy (tests/support/sample_policy.h) was trained for.
#pragma once

#include "env/plant.h"

namespace flyball {

inline PlantDescription sample_plant() {
  PlantDescription plant;
  plant.board = "test-board";
  plant.domains = {{"cpu0", DomainKind::kCpu, {1e8, 2e8, 3e8}, 0.001, {0, 1}},
                   {"gpu", DomainKind::kGpu, {1e8, 2e8, 4e8, 8e8}, 0.005, {}}};
  plant.knobs = {{"cpu", {1e8, 2e8, 3e8}, {0}}, {"gpu", {1e8, 2e8, 4e8, 8e8}, {1}}};
  plant.limits = {{0, 2}, {1, 2}};
  plant.cpus = 2;
  plant.has_application = true;
  return plant;
}

}  // namespace flyball
