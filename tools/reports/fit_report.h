// What `flyball fit` found, as text, as JSON and as a workload file. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/fitting/fit_validation.h"
#include "env/fitting/setting_choice.h"

namespace flyball {

struct FitReport {
  std::string board;
  Measurements set;
  ResidualKind residual = ResidualKind::kGaussianProcess;
  std::optional<Fit> fit;   // on all rows; absent: only draws were asked for
  PredictionErrors fitted;  // of that fit, on the rows it used
  std::optional<CrossValidation> validation;
  SettingChoice choice;                         // by that fit
  std::optional<double> latency_limit_seconds;  // that it was to keep
  std::optional<DrawOptions> draw_options;
  std::vector<Draw> draws;
};

std::string to_text(const FitReport& report);
nlohmann::ordered_json to_json(const FitReport& report);

// The workload file; its comments say where it comes from. Requires: a fit with its rails.
std::string workload_file(const FitReport& report, const Board& board);

// Sentences on what the model cannot say: knobs that never moved.
std::vector<std::string> held_knob_warnings(const Measurements& set);

}  // namespace flyball
