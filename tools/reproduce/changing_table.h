// `flyball reproduce changing`: where the load changes, a learned policy against the best fixed
// setting.
#pragma once

#include <cstdint>

#include "tools/reproduce/reproduction_table.h"

namespace flyball {

enum class ChangingEffort : std::uint8_t {
  kQuick,  // two scenarios, one seed
  kAll,    // five seeds
};

// Throws CommandError with kExitInterrupted after Ctrl-C.
void reproduce_changing(ChangingEffort effort, unsigned threads, ReproductionTable& table);

}  // namespace flyball
