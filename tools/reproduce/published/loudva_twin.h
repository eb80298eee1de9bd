// Table `loudva`: what a user's logs of the stock governors come to by command: refused as training
// data, made into twins, replayed by them.
#pragma once

#include <filesystem>

#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/published/loudva_steps.h"

namespace flyball {

struct LoudvaTwin {
  std::filesystem::path workload;
  double latency_margin = 1.0;  // that it states
};

// Imports every stock run. Adds the refusal of the logs of runs 0 and 3 alone; of a twin of both
// what each run is off by, the overloaded runs shown apart; and of a twin of each alone what the
// other one is off by. Gives the twin of both.
LoudvaTwin add_loudva_twin(const LoudvaSteps& steps, unsigned threads, ReproductionTable& table);

}  // namespace flyball
