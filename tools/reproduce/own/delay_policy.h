// Agents of `flyball reproduce delay`: the same recipe and data, told of the delay or not. Free
// functions, callable from several threads at once; they throw Interrupted.
#pragma once

#include <cstdint>
#include <span>

#include "agent/training/train_config.h"
#include "tools/reproduce/own/changing_case.h"
#include "tools/reproduce/own/judged_case.h"

namespace flyball {

// The scenarios in which delay matters, by id: the one list.
std::span<const char* const> delay_scenarios();

// The scenario's recipe, told what a concurrent decision has to know: the action that runs
// meanwhile, its age and t_AS; with the backup that is exact for it (Backup::kFullPeriod), and
// twice the recipe's exploration.
TrainConfig concurrent(TrainConfig config);
// The same without the knowledge, as if an action took effect at once.
TrainConfig blind_to_delay(TrainConfig config);

// What one seed came to, guarded, on the scenario's arrivals.
struct DelayPolicy {
  JudgedRun concurrent;
  JudgedRun blind;
  JudgedRun recipe;         // as it is shipped: told nothing, its own exploration
  JudgedRun least_squares;  // told as much as the concurrent one
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DelayPolicy, concurrent, blind, recipe, least_squares)

DelayPolicy train_delay_policies(const ChangingCase& which, std::uint64_t seed);

}  // namespace flyball
