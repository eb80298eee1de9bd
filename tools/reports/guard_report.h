// What a guard did, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "controllers/guard_report.h"

namespace flyball {

// "2.1 % of the time in 4 turns (overdue 1.5 %, queue 0.6 %)".
std::string to_text(const GuardReport& report);
nlohmann::ordered_json to_json(const GuardReport& report);

}  // namespace flyball
