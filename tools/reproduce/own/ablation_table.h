// `flyball reproduce ablation`: what each part of the agent is worth where the load changes. Every
// arm differs from the scenario's training configuration in one thing.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct AblationOptions {
  Effort effort = Effort::kAll;  // quick: one scenario, one seed, an eighth of the steps: that it
                                 // runs, not what it says
  std::optional<std::uint64_t> seeds;  // absent: 3; quick: 1
  unsigned threads = 2;
};

// Throws Interrupted after Ctrl-C.
void reproduce_ablation(const AblationOptions& options, ReproductionTable& table);

}  // namespace flyball
