// When a log's server tuned itself: servers do at the first use of a batch size, and then the
// accelerator works for seconds while nothing is served. Like arrivals this is what happened, not
// what a work model says: a replay takes it from the log. Pure functions.
#pragma once

#include <span>
#include <vector>

#include "env/fitting/log_samples.h"
#include "env/sim/sim_config.h"

namespace flyball {

// Spells of a busy GPU between two services that are far longer, in cycles, than what the log's
// batches take, though they served no more. Times count from the first sample; watts are the
// module's, as read. None where the log does not show the GPU's load or its power, or serves too
// little to tell.
std::vector<Occupation> logged_first_uses(std::span<const LogSample> samples);

double joules_of(std::span<const Occupation> occupations);

}  // namespace flyball
