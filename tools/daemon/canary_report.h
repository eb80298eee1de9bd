// What is told of a canary run (controllers/canary_trial.h), for people and for programs. Values.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "controllers/canary_trial.h"

namespace flyball {

struct CanaryReport {
  CanaryVerdict verdict = CanaryVerdict::kUndecided;
  std::string reason;  // why it was rolled back; empty: it was not
  double share = 0.0;  // of the time for the policy
  std::uint64_t pairs = 0;
  std::uint64_t left_out = 0;
  bool by_power = false;  // power at equal load, as there were no requests
  double confidence = 0.0;
  // Of energy per request, or of power; bounds at the confidence.
  double saving = 0.0;
  double saving_low = 0.0;
  double saving_high = 0.0;
  std::optional<double> missed;        // share of the policy's requests
  std::optional<double> stock_missed;  // of the kernel's
};

CanaryReport report_of(const CanaryTrial& trial);

// "saves 8.1 % of energy per request (95 % sure: 3.0 to 12.9 %), missed 0.2 % against 0.1 %"
std::string comparison_text(const CanaryReport& report);
// One line without its end: "canary: kept, 90 % of the time: saves ...".
std::string to_text(const CanaryReport& report);
nlohmann::ordered_json to_json(const CanaryReport& report);

}  // namespace flyball
