// `flyball reproduce blind`: what the shipped recipes are worth with seeds that nobody has seen:
// log, training and the arrivals that are judged on are drawn from a date. Every policy with and
// without the guard, against stock, the best fixed setting and the best table by queue length; and
// in scenarios and of logs that nobody tuned to. Free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/blind_policy.h"
#include "tools/reproduce/own/judged_jobs.h"

namespace flyball {

// A scenario and its policies, one per seed.
struct BlindCase : JudgedCase {
  std::vector<BlindPolicy> policies;
};

// The table's rows, without its note. Requires: a policy in every case.
void add_blind_rows(const std::vector<BlindCase>& cases, ReproductionTable& table);

// Only a note of what is missing, where a shard has been worked on and others are not there yet.
// Throws Interrupted after Ctrl-C.
void reproduce_blind(const JudgedOptions& options, ReproductionTable& table);

}  // namespace flyball
