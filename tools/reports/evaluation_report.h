// An evaluation, or a sweep, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"

namespace flyball {

// The table: a line per governor, and below it what was asked and the oracle's setting.
std::string to_text(const Evaluation& evaluation);

// Every figure, pooled and per seed.
nlohmann::ordered_json to_json(const Evaluation& evaluation);
nlohmann::ordered_json to_json(const RunFigures& figures);

// A kind of work as it is written: "loading", "fine_tuning".
std::string to_text(WorkKind kind);

}  // namespace flyball
