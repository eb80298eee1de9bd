// `flyball reproduce delay`: what it is worth to know one's own delay where it is large: a slow
// controller, clocks that follow slowly, a link. Seeds of log, training and arrivals are drawn from
// a date. Free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/delay_policy.h"
#include "tools/reproduce/own/judged_jobs.h"

namespace flyball {

// A scenario and its agents, four per seed.
struct DelayCase : JudgedCase {
  std::vector<DelayPolicy> policies;

  // What a governor saves, in percent; one that is late saves nothing.
  double worth(const JudgedRun& result) const;
};

// The table's rows, without its note. Requires: a policy in every case.
void add_delay_rows(const std::vector<DelayCase>& cases, ReproductionTable& table);

// Only a note of what is missing, where a shard has been worked on and others are not there yet.
// Throws Interrupted after Ctrl-C.
void reproduce_delay(const JudgedOptions& options, ReproductionTable& table);

}  // namespace flyball
