// What `flyball train` reads: configs/train/NAME.toml. Keys: configs/train/KEYS.md.
#pragma once

#include <string>
#include <vector>

#include "agent/training/train_config.h"

namespace flyball {

// By id ("quickstart") or by path. Throws ConfigError saying where and what is wrong.
// `assignments`: "KEY=VALUE", set over the file's.
TrainConfig load_train_config(const std::string& id_or_path,
                              const std::vector<std::string>& assignments = {});

}  // namespace flyball
