// When a log's server tuned itself: servers do at the first use of a batch size, and then the
// accelerator works for seconds while nothing is served. Like arrivals this is what happened, not
// what a work model says: a replay takes it from the log. Pure functions.
#pragma once

#include <cstdint>
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

// Requests in the order in which they are served, counted from the first sample: [begin, end).
struct ServedRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Those that were in the system at some time while the server tuned itself. How long they took is
// what happened, too: the log does not say whose batch size was new, so a replay cannot know who
// waits. `first_uses`: of the same samples.
std::vector<ServedRange> tuned_for(std::span<const LogSample> samples,
                                   std::span<const Occupation> first_uses);

// Marks the samples in which such requests were served; those of a log, or of its replay.
void mark_tuned(std::span<const ServedRange> ranges, std::span<LogSample> samples);

}  // namespace flyball
