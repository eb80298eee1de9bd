// A search as a governor of an evaluation: it measures while it serves, so what it tries counts.
#pragma once

#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "controllers/search/search.h"

namespace flyball {

// The names that search_choice() takes: "search:bayes" (probing), "search:bayes-certified" and so
// on, one per search.
std::vector<std::string> search_choice_names();

// Over the plan's knobs, within the objective's limit on the mean latency; a factor counts from
// stock's run of the first seed, which is made for it. Throws std::invalid_argument for another
// name, and where the objective limits no latency.
GovernorChoice search_choice(const EvaluationPlan& plan, const std::string& name);

}  // namespace flyball
