// `flyball reproduce blind`: what the shipped recipes are worth with seeds that nobody has seen:
// log, training and the arrivals that are judged on are drawn from a date. Every policy with and
// without the guard, against stock and the best fixed setting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct BlindOptions {
  Effort effort = Effort::kAll;        // quick: two scenarios, one seed
  std::optional<std::uint64_t> seeds;  // per scenario; absent: 20
  std::string date;                    // any text: another one, other seeds
  unsigned threads = 2;
};

// Throws Interrupted after Ctrl-C.
void reproduce_blind(const BlindOptions& options, ReproductionTable& table);

}  // namespace flyball
