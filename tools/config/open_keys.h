// What the recipes of configs/train leave open, because it differs from board to board: the data
// that a recipe is used on say it. Values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "env/sim/scenario.h"
#include "tools/toml_reader.h"

namespace flyball {

struct OpenKeys {
  std::vector<std::string> knobs;
  std::vector<std::string> caps;
  double period_seconds = 0.0;
  std::optional<double> deadline_seconds;  // the scale of the slack
  std::optional<std::string> scenario;     // to simulate and to validate on
};

// Of a scenario: its [control], and a period that its deadline allows. `name`: as it was given.
OpenKeys open_keys(const Scenario& scenario, const std::string& name);

// The recipe that fits a scenario's load: "saturated" or "deadlines".
const char* recipe_for(const Scenario& scenario);

// Half of what a request may take, in whole samples; the period of decisions where that is shorter.
double period_within(double deadline_seconds, double sample_seconds,
                     std::optional<double> decision_seconds);

// "KEY=VALUE" for each of them that `recipe` does not say.
std::vector<std::string> missing_in(const TomlTable& recipe, const OpenKeys& keys);

}  // namespace flyball
