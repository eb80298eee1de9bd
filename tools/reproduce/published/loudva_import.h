// Table `loudva`, first part: the serving runs of LoudVA's AGX Xavier import without loss.
#pragma once

#include <filesystem>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// `data`: the folder loudva of the measurements. Adds rows for samples, requests and energy of the
// runs 0, 1, 3, 4 under the stock governor and under loud_prof.
void reproduce_loudva_import(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
