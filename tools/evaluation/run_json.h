// A run's figures as JSON and back, bit for bit. Pure functions.
#pragma once

#include <nlohmann/json.hpp>

#include "controllers/run_figures.h"

namespace flyball {

nlohmann::json run_to_json(const RunFigures& figures);
// Throws nlohmann::json::exception where something is missing or of another type.
RunFigures run_from_json(const nlohmann::json& json);

}  // namespace flyball
