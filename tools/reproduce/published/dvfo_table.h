// `flyball reproduce dvfo`: frequencies and share together against DVFO's baselines, beside the
// paper's figures. Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <string>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"

namespace flyball {

struct DvfoOptions {
  Effort effort = Effort::kAll;  // kQuick: one network, one bandwidth
  std::uint64_t seeds = 20;      // of policies; quick: none is trained
  std::string date;              // what they are drawn from, any text
  unsigned threads = 2;          // the figures do not depend on them
};

// At 5 Mbit/s and eta 0.5 every baseline of every cell; then sweeps of bandwidth and eta,
// and what is learned where the bandwidth changes.
void reproduce_dvfo(const DvfoOptions& options, ReproductionTable& table);

}  // namespace flyball
