#include "tools/evaluation/kept_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "env/errors.h"
#include "tools/evaluation/run_json.h"

namespace flyball {

KeptRuns::KeptRuns(KeptResults& results, std::string scenario, std::string fingerprint)
    : results_(results), scenario_(std::move(scenario)), fingerprint_(std::move(fingerprint)) {}

// "SCENARIO | FINGERPRINT | governor #seed".
std::string KeptRuns::job(const std::string& key) const {
  return fmt::format("{} | {} | {}", scenario_, fingerprint_, key);
}

std::optional<RunFigures> KeptRuns::find(const std::string& key) const {
  const nlohmann::json* kept = results_.find(job(key));
  if (kept == nullptr) return std::nullopt;
  try {
    return run_from_json(*kept);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("what is kept of \"{}\" is no run: {}", job(key), error.what()));
  }
}

void KeptRuns::keep(const std::string& key, const RunFigures& figures) {
  RunFigures lasting = figures;
  lasting.decide.reset();
  results_.add(job(key), run_to_json(lasting));
}

std::size_t KeptRuns::count() const {
  const std::vector<std::string> jobs = results_.jobs();
  const std::string own = job("");
  return static_cast<std::size_t>(std::count_if(
      jobs.begin(), jobs.end(), [&](const std::string& name) { return name.starts_with(own); }));
}

std::vector<std::string> KeptRuns::not_taken(const std::vector<GovernorChoice>& governors) const {
  const std::vector<std::string> jobs = results_.jobs();
  const auto any_with = [&](const std::string& begin, const std::string& without) {
    return std::any_of(jobs.begin(), jobs.end(), [&](const std::string& name) {
      return name.starts_with(begin) && !name.starts_with(without);
    });
  };
  std::vector<std::string> reasons;
  if (any_with(scenario_ + " | ", job(""))) {
    reasons.push_back(
        fmt::format("runs of {} are not taken: it was another scenario then, or "
                    "other limits in time",
                    scenario_));
  }
  for (const GovernorChoice& choice : governors) {
    if (!choice.policy) continue;
    const std::string named = job(fmt::format("policy {} ", choice.name));
    if (any_with(named, fmt::format("{}{} ", named, policy_checksum(*choice.policy)))) {
      reasons.push_back(
          fmt::format("runs of another policy {} in {} are not taken", choice.name, scenario_));
    }
  }
  return reasons;
}

}  // namespace flyball
