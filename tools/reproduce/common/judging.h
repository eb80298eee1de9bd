// Judging policies by the simulator's truth, beside whatever else is to be compared. Free
// functions, callable from several threads at once; they throw Interrupted after Ctrl-C.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "env/sim/scenario.h"
#include "policies/policy_file.h"

namespace flyball {

// Arrivals and noise of the judging; logs and networks use other seeds.
inline constexpr std::uint64_t kJudgingSeed = 1000;

// The governors on the scenario, with stock beside them, all of the work to its end.
Evaluation judge(const Scenario& scenario, const std::vector<std::uint64_t>& seeds,
                 const std::vector<GovernorChoice>& governors, unsigned threads = 1);

// The one policy on it.
GovernorResult judge(const Scenario& scenario, const std::vector<std::uint64_t>& seeds,
                     std::shared_ptr<const PolicyFile> policy);

// The best fixed setting, which an evaluation was asked for first. Throws std::runtime_error naming
// the scenario when no fixed setting keeps its limits.
const GovernorResult& best_fixed(const Scenario& scenario, const Evaluation& evaluation);

}  // namespace flyball
