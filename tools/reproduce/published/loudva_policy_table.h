// Table `loudva`, last part: policies trained offline, beside the best fixed setting.
#pragma once

#include <filesystem>

#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// Five policies by five seeds, for every case of loudva_cases() beside stock and the best fixed
// setting that keeps 99.5 % in time (or, where none does, the share that the best one keeps).
// Checked on the requests as recorded, the median of the policies: 95 % of that setting's saving,
// and the share in time itself. Shown: the worst policy, and all the same on traces drawn anew that
// no policy was trained or chosen on.
void reproduce_loudva_policy(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
