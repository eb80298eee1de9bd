// The jobs of `blind`, `delay` and `peers`: the oracles of every scenario, and policies per seed;
// kept as they are done. Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/jobs/kept_jobs.h"
#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/own/judged_case.h"

namespace flyball {

struct JudgedOptions {
  Effort effort = Effort::kAll;        // quick: few scenarios, one seed
  std::optional<std::uint64_t> seeds;  // per scenario; absent: the table's own number
  std::string date;                    // any text: another one, other seeds
  unsigned threads = 2;
  JobKeeping keeping = {};

  bool is_quick() const { return effort == Effort::kQuick; }
};

struct JudgedPlan {
  std::string table;
  JudgedOptions options;
  std::size_t seeds = 20;
  std::vector<const char*> scenarios;
};

// Of the table `name`; without scenarios. `seeds`: where the options say none.
JudgedPlan judged_plan(const std::string& name, const JudgedOptions& options, std::size_t seeds);

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
