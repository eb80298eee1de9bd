// What a training run asks of the program: reading its configuration, and measuring a policy on a
// scenario beside the stock governors. Several measurements may run at once.
#pragma once

#include "agent/training/training_run.h"

namespace flyball {

// Runs policies on the configuration's scenario with a seed of its own. Throws ConfigError or
// DataError where the scenario is wrong.
MeasurePolicy measure_on_scenario(const ValidationConfig& config);

TrainingHost training_host();

}  // namespace flyball
