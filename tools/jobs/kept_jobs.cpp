#include "tools/jobs/kept_jobs.h"

#include <algorithm>

#include "tools/jobs/parallel_jobs.h"

namespace flyball {

std::size_t run_kept_jobs(const KeptJobs& jobs, KeptResults& results,
                          const std::function<nlohmann::json(std::size_t)>& job) {
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < jobs.names.size(); ++i) {
    if (jobs.shard.has(i) && !results.find(jobs.names[i])) pending.push_back(i);
  }
  run_parallel(jobs.label, pending.size(), jobs.threads, [&](std::size_t k) {
    const std::string& name = jobs.names[pending[k]];
    results.add(name, job(pending[k]));
    return name;
  });
  return static_cast<std::size_t>(
      std::count_if(jobs.names.begin(), jobs.names.end(),
                    [&](const std::string& name) { return !results.find(name); }));
}

}  // namespace flyball
