// Table `loudva`, the sweeps: `flyball fit` on LoudVA's AGX Xavier and Xavier NX, whole GPU
// frequencies held out.
#pragma once

#include <filesystem>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// `data`: the folder loudva of the measurements. Adds, per board, the mean errors of throughput and
// power over all rows with at most 32 clients, each predicted by a fit that saw no row of its
// frequency; with and without the residual.
void reproduce_loudva_sweep(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
