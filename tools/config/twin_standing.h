// The twins behind a scenario, and how far each is to be trusted. Free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/config/workload_toml.h"

namespace flyball {

// A workload's file that `flyball twin` wrote.
struct JudgedTwin {
  std::filesystem::path file;
  TwinStanding standing;
};

// Of the workloads that a scenario serves, those that are twins; `scenario`: as in scenario_name.h.
// Throws ConfigError, also where it is the file of a workload itself.
std::vector<JudgedTwin> twins_behind(const std::string& scenario);

// The strictest margin of those; 1 where there is none.
double latency_margin(const std::string& scenario);

}  // namespace flyball
