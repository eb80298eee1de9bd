// What `blind` and `delay` judge on: a scenario with arrivals of its own, and what stock and
// oracles make of it. Free functions; they throw Interrupted.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/changing_case.h"

namespace flyball {

inline constexpr std::size_t kJudgedArrivals = 3;  // that each policy is judged on
inline constexpr double kInTimeTolerance = 0.2;    // points of what is asked in time

// What a table needs of a governor's runs.
struct JudgedRun {
  double saving = 0.0;                                 // of stock's energy, 0..1
  double in_time = 0.0;                                // of all requests, 0..1
  std::uint64_t requests = 0;                          // 0: nothing keeps the limits
  std::optional<double> guarded_share = std::nullopt;  // of the time, 0..1; absent: no guard
};

JudgedRun judged_run(const GovernorResult& result);
void to_json(nlohmann::json& json, const JudgedRun& run);
void from_json(const nlohmann::json& json, JudgedRun& run);

// What is judged against.
struct JudgedOracles {
  double stock_in_time = 0.0;  // 0..1
  JudgedRun best_fixed;
  JudgedRun queue_table;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JudgedOracles, stock_in_time, best_fixed, queue_table)

struct JudgedCase : JudgedOracles {
  ChangingCase which;

  // What has to be in time, in percent: as the scenario asks, or stock manages where that is less.
  double asked_percent() const;
};

// The scenario of that id, judged on these arrivals; without the oracles.
ChangingCase judged_case(const char* id, const std::vector<std::uint64_t>& arrivals);
JudgedOracles judged_oracles(const ChangingCase& which);

}  // namespace flyball
