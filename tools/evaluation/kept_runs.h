// An evaluation's finished runs in a file (tools/jobs): a keeper for one scenario's. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controllers/evaluation/governor_choice.h"
#include "controllers/evaluation/run_keeper.h"
#include "tools/jobs/kept_results.h"

namespace flyball {

// One file keeps the runs of several scenarios. `results` must outlive the keeper.
class KeptRuns final : public RunKeeper {
 public:
  // `scenario` as it is named, and what its runs depend on (plan_fingerprint.h).
  KeptRuns(KeptResults& results, std::string scenario, std::string fingerprint);

  // Throws DataError where the file holds something else than a run there. How long decisions took
  // is not kept: no two runs have that in common.
  std::optional<RunFigures> find(const std::string& key) const override;
  void keep(const std::string& key, const RunFigures& figures) override;

  // Why runs of this scenario in the file are not taken, where there are such: it was another one,
  // or a policy of the same name was. A sentence each.
  std::vector<std::string> not_taken(const std::vector<GovernorChoice>& governors) const;
  // Runs that are taken.
  std::size_t count() const;

 private:
  std::string job(const std::string& key) const;

  KeptResults& results_;
  std::string scenario_;
  std::string fingerprint_;
};

}  // namespace flyball
