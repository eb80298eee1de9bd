// `flyball reproduce finetune`: fine-tuning beside inference (PolyThrottle's section 6 and figure
// 14). Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <string>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct FinetuneOptions {
  Effort effort = Effort::kAll;  // kQuick: one board of co-runs, a thinner search with hindsight
  std::uint64_t seeds = 20;      // of the streams
  std::string date;              // what they are drawn from, any text
  unsigned threads = 2;          // the figures do not depend on them
};

// How well the slow-down of pairs that were held out is predicted; then the stream of figure 14,
// scheduled by us, by nobody, and with hindsight.
void reproduce_finetune(const FinetuneOptions& options, ReproductionTable& table);

}  // namespace flyball
