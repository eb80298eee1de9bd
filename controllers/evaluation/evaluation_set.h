// Several evaluations as one piece of work: governors x scenarios x seeds side by side. Results
// depend neither on the number of threads nor on how the work was divided.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"

namespace flyball {

struct EvaluationTask {
  std::string name;     // of the scenario, for progress
  EvaluationPlan plan;  // with a keeper: what is kept there is not run again
  std::vector<GovernorChoice> governors;
};

// Makes those of the runs that `is_ours` says by their number, a search counting as one run, and
// leaves them with the plans' keepers; stock's runs are made too wherever a search is. False when
// stopped before the end; what is finished is kept. Throws what evaluate() throws. Requires: every
// plan has a keeper.
bool run_part(const std::vector<EvaluationTask>& tasks,
              const std::function<bool(std::size_t run)>& is_ours, unsigned threads,
              const EvaluationProgress& progress = {});

// All of them. Stopped early: those that have stock's runs at least, with the governors that are
// finished; the scenarios after the first that has not are left out. Throws Interrupted where not
// one has. Requires: every plan has a keeper.
std::vector<Evaluation> evaluate_all(const std::vector<EvaluationTask>& tasks, unsigned threads,
                                     const EvaluationProgress& progress = {});

}  // namespace flyball
