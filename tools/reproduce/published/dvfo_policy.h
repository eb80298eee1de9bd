// The learned policy of `flyball reproduce dvfo`: clocks and share by the bandwidth, against the
// best fixed setting and share where the bandwidth stays and where it changes. Free functions,
// callable from several threads at once; they throw Interrupted.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "policies/policy_file.h"
#include "tools/reproduce/published/dvfo_world.h"

namespace flyball {

// A bandwidth that walks between 0.5 and 8 Mbit/s, clocks of CPU and GPU and the share turned twice
// a second, batches' durations with noise.
Scenario dvfo_changing(const DvfoCell& cell, std::uint64_t requests);

// The policies that are learned of one log of that: the DQN, and least squares, which sees no
// bandwidth (the linear bandit).
struct DvfoPolicies {
  std::shared_ptr<const PolicyFile> learned;
  std::shared_ptr<const PolicyFile> bandit;
};
DvfoPolicies train_dvfo(const DvfoCell& cell, double eta, std::uint64_t seed);

// The cost of one inference under the policy.
DvfoCost under_policy(const Scenario& scenario, const PolicyFile& policy, std::uint64_t seed);

// The best fixed setting for each bandwidth, looked up by the bandwidth that is shown.
struct DvfoTable {
  struct Row {
    double bits_per_second = 0.0;
    std::vector<Level> levels;
  };
  std::vector<Row> rows;  // ascending

  // The row nearest in the logarithm; the first where nothing is known.
  const Row& row_for(std::optional<double> bits_per_second) const;
};
DvfoCost under_table(const Scenario& scenario, const DvfoTable& table, std::uint64_t seed);

// One level per knob of the scenario, all the time.
DvfoCost under_fixed(const Scenario& scenario, const std::vector<Level>& levels,
                     std::uint64_t seed);

}  // namespace flyball
