// The same training with several seeds: what chance does to it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "agent/training/training_run.h"

namespace flyball {

// Told how many steps are done in all; false stops every run.
using SeedsProgress = std::function<bool(std::uint64_t steps)>;

// Trains every run, up to `threads` at a time, each on one thread of LibTorch: the policies are
// the same whatever `threads` is. A run that is stopped leaves its checkpoint, one that is done its
// policy as well. Throws what the first failing run threw, once all have ended.
void train_seeds(std::vector<TrainingRun>& runs, unsigned threads, const SeedsProgress& progress);

// Median, interquartile range, worst and best of the savings of the runs that are done, at least
// one: measured where there is a scenario for it, otherwise the networks' own estimate. Names the
// run in the middle, whose policy stands for all, and under "unfinished" the seeds that are not
// done.
nlohmann::ordered_json summarise_seeds(std::vector<TrainingRun>& runs);

}  // namespace flyball
