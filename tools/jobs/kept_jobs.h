// Independent jobs whose results are kept: only what is missing is worked on, and only this
// machine's part of it.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/jobs/kept_results.h"
#include "tools/jobs/shard.h"

namespace flyball {

// What `--keep` and `--shard` say.
struct JobKeeping {
  std::filesystem::path file;  // empty: in memory
  Shard shard;
};

struct KeptJobs {
  std::string label;               // of the progress line
  std::vector<std::string> names;  // each once; what a job depends on, the results' work apart
  unsigned threads = 2;
  Shard shard;
};

// Calls `job` with the index of every job of the shard that has no result, from several threads,
// and keeps what it returns. Returns how many of all jobs have none now. Throws what a job threw
// first, Interrupted after Ctrl-C; what was done by then is kept.
std::size_t run_kept_jobs(const KeptJobs& jobs, KeptResults& results,
                          const std::function<nlohmann::json(std::size_t)>& job);

}  // namespace flyball
