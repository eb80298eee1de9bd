// What `flyball train` reads: configs/train/NAME.toml. Keys: configs/train/KEYS.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "tools/config/open_keys.h"

namespace flyball {

// What the data say that a configuration is used on; absent: nothing. Asked only where something is
// left open.
using AskData = std::function<std::optional<OpenKeys>()>;

// By the id of a recipe ("saturated"), by path, or by the id of a scenario ("quickstart"): then
// that is simulated, and its load chooses the recipe. What is left open comes from `data`, or else
// from the scenario that the configuration simulates. Throws ConfigError saying where and what is
// wrong. `assignments`: "KEY=VALUE", set over the file's.
TrainConfig load_train_config(const std::string& id_or_path,
                              const std::vector<std::string>& assignments = {},
                              const AskData& data = {});

}  // namespace flyball
