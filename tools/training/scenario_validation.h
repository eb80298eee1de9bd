// What a training run asks of the program: reading its configuration, and measuring a policy on a
// scenario beside the stock governors. Several measurements may run at once.
#pragma once

#include <string>
#include <vector>

#include "agent/training/training_run.h"

namespace flyball {

// Runs policies on the configuration's scenario with seeds of its own. Where a twin is behind it,
// limits on latency are multiplied by the twin's margin. Throws ConfigError or DataError where the
// scenario is wrong.
PolicyJudge scenario_judge(const ValidationConfig& config);

// Why nothing is to be judged on a scenario: a twin behind it does not replay its own logs. Throws
// as scenario_judge.
std::vector<std::string> doubts_about_judge(const std::string& scenario);

// Throws DataError naming both where the scenario's board is another than that of `data`.
void require_board(const std::string& scenario, const std::string& board, const std::string& data);

TrainingHost training_host();

}  // namespace flyball
