// The application's part of a scenario: workload or [[mix]], [application], [fine_tuning],
// [[processes]].
#pragma once

#include <filesystem>

#include "env/sim/scenario.h"
#include "tools/config/scenario_toml.h"
#include "tools/toml_reader.h"

namespace flyball {

// The file in configs/`kind`, or the path counted from the scenario's folder, that `key` names.
// Throws ConfigError at the key.
std::filesystem::path named_config(const TomlTable& table, const char* key, const char* kind);

// Fills `workload` and `application` with what `toml`, read from `file`, says. Requires: board and
// mode are there. Throws ConfigError saying where and what is wrong.
void set_application(const TomlTable& file, const ScenarioToml& toml, Scenario& scenario);

}  // namespace flyball
