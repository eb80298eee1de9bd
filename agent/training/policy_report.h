// What logs say of a policy, as `flyball train` and `flyball inspect --log` print it. Pure
// functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/policy_check.h"
#include "env/logs/telemetry_log.h"
#include "policies/dense_policy.h"
#include "replay/log_transitions.h"

namespace flyball {

// A policy file on transitions, as its runtime decides.
PolicyCheck check_on_set(const PolicyFile& file, const TrainingSet& set, SpanCredit credit);

// The same on telemetry logs. `logs`: paths or patterns; `warn` hears of those that are not whole.
// Throws DataError, LogError or std::invalid_argument saying which log is at fault.
PolicyCheck check_on_logs(const PolicyFile& file, const std::vector<std::string>& logs,
                          SpanCredit credit, const LogWarning& warn);

// {"support": {...}, "fitted_q": {...}, "importance_sampling": {...}}; figures per request, each
// with the interval that holds 95 %.
nlohmann::ordered_json to_json(const PolicyCheck& check);

// A few lines of the same, each led by a word of ten columns.
std::string text_of_check(const nlohmann::ordered_json& check);

}  // namespace flyball
