// The jobs of `blind` and `delay`: the oracles of every scenario, and a policy per seed; kept as
// they are done. Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/jobs/kept_jobs.h"
#include "tools/reproduce/own/judged_case.h"

namespace flyball {

struct JudgedPlan {
  std::string table;
  std::string date;  // what the seeds are drawn from
  std::size_t seeds = 20;
  std::vector<const char*> scenarios;
  unsigned threads = 2;
  JobKeeping keeping;
};

struct JudgedResults {
  std::vector<JudgedCase> cases;
  std::vector<nlohmann::json> policies;  // of each case, an array by seed
  std::size_t missing = 0;               // jobs; where there are any: nothing else
  std::size_t jobs = 0;

  std::string missing_note() const;
};

// The seed's number in the plan, and what was drawn for it.
using TrainJob = std::function<nlohmann::json(const ChangingCase& which, std::size_t number,
                                              std::uint64_t seed)>;

JudgedResults run_judged_jobs(const JudgedPlan& plan, const TrainJob& train);

}  // namespace flyball
