// The oracles on an evaluation's plan: the best fixed setting, the best one of each phase, and the
// best table by queue length, all found on what they are judged on. Free functions; they throw
// Interrupted when `progress` says so.
#pragma once

#include <optional>

#include "controllers/evaluation/evaluation.h"

namespace flyball {

// Leaves the pins that were tried in `evaluation.oracle`. Runs are empty where nothing is feasible.
GovernorResult best_fixed_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                 Evaluation& evaluation);

// Begins with the best fixed setting among `evaluation.results`, or finds it first.
GovernorResult queue_table_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                  Evaluation& evaluation);

// The best setting of every kind of phase (EvaluationPlan::phases), each told beforehand when it
// begins. Found as the table is, from the best fixed setting in all of them. Without phases there
// are no runs, and the result says so.
GovernorResult best_per_phase_result(const EvaluationPlan& plan, const EvaluationProgress& progress,
                                     Evaluation& evaluation);

// The run of a governor of `evaluation` with the plan's seed number `seed` once more, on the plan's
// configuration as it is now (with somebody who looks on, say), and nowhere kept. Absent where
// there is no such run.
std::optional<RunFigures> repeat_run(const EvaluationPlan& plan, const Evaluation& evaluation,
                                     const GovernorChoice& choice, std::size_t seed);

}  // namespace flyball
