// What the choice of `flyball fit` costs on small noisy grids, beside the drawn row that measured
// best. The grids are full sweeps of real boards with levels left out.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "env/fitting/measurements.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Every `step`th level of a knob from its highest down; 0: the highest alone. Others stay whole.
using LevelSteps = std::map<FitKnob, std::size_t>;

struct ThinnedGrid {
  std::string name;  // "ViT, cpu alone"
  Measurements set;
};

Measurements thinned(const Measurements& set, const LevelSteps& steps);

// Adds a row per noise over all grids, and one for the grid with the worst mean of its own: 12, 20
// and 40 rows are drawn of each grid that has more. `step` is called after each grid and may throw.
void add_thinned_grids(const std::vector<ThinnedGrid>& grids,
                       const std::function<void(const std::string& grid)>& step,
                       ReproductionTable& table);

}  // namespace flyball
