// What a user asks of a policy when it runs: a setting of the person, not of the plant. Values.
#pragma once

#include <optional>

#include "policies/policy_file.h"

namespace flyball {

// What is absent stays as the policy was trained.
struct Preference {
  std::optional<double> eta;                    // 1: energy only, 0: latency only
  std::optional<double> latency_limit_seconds;  // of the mean
  std::optional<double> miss_limit;             // share of the requests that may be late
};

// The same policy for that preference: networks, support and everything else stay. Throws
// std::invalid_argument saying what the policy serves when the preference is not in it.
PolicyFile with_preference(PolicyFile file, const Preference& preference);

}  // namespace flyball
