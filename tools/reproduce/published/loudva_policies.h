// Table `loudva`: policies that `flyball train` makes without a recipe of what a twin shows, judged
// by `flyball evaluate` on the plant made of the board's sweep.
#pragma once

#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/published/loudva_replay.h"
#include "tools/reproduce/published/loudva_steps.h"
#include "tools/reproduce/published/loudva_twin.h"

namespace flyball {

// `twin`: of runs 0 and 3. Explores on it, trains with several seeds, and
// adds what each policy saves and keeps in time on `world`, with the requests as recorded and drawn
// anew; with the recorded limits, and of run 0 with a quarter of them.
void add_loudva_policies(const LoudvaSteps& steps, const LoudvaTwin& twin, const LoudvaWorld& world,
                         unsigned threads, ReproductionTable& table);

}  // namespace flyball
