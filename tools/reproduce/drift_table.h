// flyball reproduce drift: is an adapting policy back at the best fixed setting three simulated
// minutes after its workload has changed?
#pragma once

#include "tools/reproduce/reproduction_table.h"

namespace flyball {

enum class DriftPairs {
  kQuick,       // of each board the pair whose best settings differ most
  kSeparating,  // all pairs of a board's workloads of which one's best setting will not do for the
                // other
};

// Five seeds. The figures do not depend on the number of threads.
void reproduce_drift(DriftPairs pairs, unsigned threads, ReproductionTable& table);

}  // namespace flyball
