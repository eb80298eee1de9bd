// The report of a run of the daemon for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/daemon/govern.h"

namespace flyball {

// `ended_by`: as ending() of tools/daemon/session_end.h says it.
std::string to_text(const GovernReport& report, const std::string& ended_by);
nlohmann::ordered_json to_json(const GovernReport& report, const std::string& ended_by);

}  // namespace flyball
