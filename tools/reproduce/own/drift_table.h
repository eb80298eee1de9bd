// flyball reproduce drift: is an adapting policy back at the best fixed setting three simulated
// minutes after its workload has changed?
#pragma once

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

// All pairs of a board's workloads of which one's best setting will not do for the other; quick: of
// each board the pair whose best settings differ most. Five seeds. The figures do not depend on the
// number of threads.
void reproduce_drift(Effort pairs, unsigned threads, ReproductionTable& table);

}  // namespace flyball
