// `flyball reproduce ablation`: what each part of the agent is worth where the load changes. Every
// arm differs from the scenario's training configuration in one thing.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/reproduce/reproduction_table.h"

namespace flyball {

struct AblationOptions {
  enum class Effort : std::uint8_t {
    kQuick,  // one scenario, one seed, an eighth of the steps: that it runs, not what it says
    kAll,
  };
  Effort effort = Effort::kAll;
  std::optional<std::uint64_t> seeds;  // absent: 3; quick: 1
  unsigned threads = 2;
};

// Throws CommandError with kExitInterrupted after Ctrl-C.
void reproduce_ablation(const AblationOptions& options, ReproductionTable& table);

}  // namespace flyball
