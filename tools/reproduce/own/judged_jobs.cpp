#include "tools/reproduce/own/judged_jobs.h"

#include <fmt/format.h>

#include "tools/jobs/program_identity.h"
#include "tools/reproduce/common/drawn_seeds.h"

namespace flyball {

std::string JudgedResults::missing_note() const {
  return fmt::format(
      "{} of {} jobs are done. The table needs all of them: put the parts together (flyball "
      "merge),\n"
      "then run this again with their file and without --shard.",
      jobs - missing, jobs);
}

JudgedPlan judged_plan(const std::string& name, const JudgedOptions& options, std::size_t seeds) {
  return {options.is_quick() ? name + " --quick" : name,
          options,
          options.seeds.value_or(options.is_quick() ? 1 : seeds),
          {}};
}

JudgedResults run_judged_jobs(const JudgedPlan& plan, const TrainJob& train) {
  const std::vector<std::uint64_t> drawn =
      drawn_seeds(plan.options.date, kJudgedArrivals + plan.seeds);
  JudgedResults results;
  KeptJobs jobs{plan.table, {}, plan.options.threads, plan.options.keeping.shard};
  for (const char* id : plan.scenarios) {
    JudgedCase& judged = results.cases.emplace_back();
    judged.which = judged_case(id, {drawn.begin(), drawn.begin() + kJudgedArrivals});
    jobs.names.push_back(fmt::format("{}, oracles", id));
    for (std::size_t i = 0; i < plan.seeds; ++i) {
      jobs.names.push_back(fmt::format("{}, seed {}", id, i + 1));
    }
  }
  KeptResults kept(plan.options.keeping.file,
                   fmt::format("reproduce {} --date {}", plan.table, plan.options.date),
                   program_identity());
  results.jobs = jobs.names.size();
  const std::size_t per_case = 1 + plan.seeds;
  results.missing = run_kept_jobs(jobs, kept, [&](std::size_t job) -> nlohmann::json {
    const ChangingCase& which = results.cases[job / per_case].which;
    const std::size_t part = job % per_case;
    if (part == 0) return judged_oracles(which);
    return train(which, part - 1, drawn[kJudgedArrivals + part - 1]);
  });
  if (results.missing > 0) return results;
  results.policies.resize(results.cases.size(), nlohmann::json::array());
  for (std::size_t job = 0; job < results.jobs; ++job) {
    const nlohmann::json& result = *kept.find(jobs.names[job]);
    const std::size_t which = job / per_case;
    if (job % per_case == 0) {
      static_cast<JudgedOracles&>(results.cases[which]) = result.get<JudgedOracles>();
    } else {
      results.policies[which].push_back(result);
    }
  }
  return results;
}

}  // namespace flyball
