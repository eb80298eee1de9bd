// The way of a user from LoudVA's logs to a policy, step by step by the shipped commands; what they
// write lies in one folder. Several threads may take different steps at once; everything throws
// what ShippedProgram throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/jobs/shipped_program.h"

namespace flyball {

class LoudvaSteps {
 public:
  // `folder` is there and empty.
  LoudvaSteps(ShippedProgram program, std::filesystem::path data, std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }

  // `flyball import`, with the clocks' offsets as read off where activity begins. Gives the log.
  std::filesystem::path import(const std::string& run) const;

  // `flyball train` on these logs alone.
  CommandOutcome train_on(const std::vector<std::filesystem::path>& logs) const;

  // `flyball twin --force`. Gives what it says; the workload is NAME.toml.
  nlohmann::json make_twin(const std::vector<std::filesystem::path>& logs,
                           const std::string& name) const;

  // `flyball replay`. Gives what it says.
  nlohmann::json replay(const std::filesystem::path& log,
                        const std::filesystem::path& workload) const;

  // `flyball trace` of a run's requests. Gives the file.
  std::filesystem::path trace(const std::string& run) const;
  // The same, drawn anew for so long.
  std::filesystem::path drawn_trace(const std::vector<std::string>& runs, double seconds,
                                    std::uint64_t seed) const;

  // `flyball simulate` with random settings. Gives the log.
  std::filesystem::path explore(const std::filesystem::path& scenario, std::uint64_t seed) const;

  // `flyball train --force` without a recipe on that log, measured on a scenario. Gives the policy.
  std::filesystem::path train(const std::filesystem::path& log,
                              const std::filesystem::path& validation, double in_time_share,
                              std::uint64_t seed) const;

  // `flyball evaluate`. Gives what it says.
  nlohmann::json evaluate(const std::filesystem::path& scenario,
                          const std::vector<std::string>& governors) const;

 private:
  std::filesystem::path requests_of(const std::string& run) const;

  ShippedProgram program_;
  std::filesystem::path data_;
  std::filesystem::path folder_;
};

}  // namespace flyball
