// `flyball reproduce ablation`: what each part of the agent is worth where the load changes. Every
// arm differs from the scenario's training configuration in one thing. `flyball reproduce
// pessimism`: what helps where the data are thin.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct AblationOptions {
  Effort effort = Effort::kAll;  // quick: one scenario, one seed, an eighth of the steps: that it
                                 // runs, not what it says
  std::optional<std::uint64_t> seeds;  // absent: 3, of pessimism 20; quick: 1
  std::string date;                    // pessimism's seeds are drawn from it
  unsigned threads = 2;
};

// Both throw Interrupted after Ctrl-C.
void reproduce_ablation(const AblationOptions& options, ReproductionTable& table);
void reproduce_pessimism(const AblationOptions& options, ReproductionTable& table);

}  // namespace flyball
