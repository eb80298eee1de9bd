// Table `loudva`: twins of the stock runs, as `flyball import`, `twin` and `replay` make and judge
// them.
#pragma once

#include <filesystem>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// `data`: the folder loudva of the measurements. Adds, of a twin of the stock runs 0 and 3, what
// each run's part that was held out is off by, and each whole run; and of a twin of each run alone
// what the other one is off by.
void reproduce_loudva_twin(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
