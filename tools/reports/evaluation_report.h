// An evaluation, or a sweep, for people and for programs. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "tools/reports/report_table.h"

namespace flyball {

// What it costs and keeps, how it goes about it, and at which clocks: a row per governor each.
std::vector<ReportTable> evaluation_tables(const Evaluation& evaluation);

// The tables, at most 100 columns wide, and below them what was asked and what was held.
std::string to_text(const Evaluation& evaluation);
std::string to_markdown(const Evaluation& evaluation);

// A row per governor and seed, under a header; stock is among them.
std::vector<std::string> csv_header();
std::string to_csv(const Evaluation& evaluation, const std::string& scenario);

// Every figure, pooled and per seed, but how long decisions took: the same run, the same text.
nlohmann::ordered_json to_json(const Evaluation& evaluation);
nlohmann::ordered_json to_json(const RunFigures& figures);
// How long decide() took on this machine, by governor; empty where nobody's is known.
nlohmann::ordered_json decision_times(const Evaluation& evaluation);

// A kind of work as it is written: "loading", "fine_tuning".
std::string to_text(WorkKind kind);

}  // namespace flyball
