// What `flyball train` reads: configs/train/NAME.toml. Schema: configs/train/README.md.
#pragma once

#include <string>

#include "agent/training/train_config.h"

namespace flyball {

// By id ("quickstart") or by path. Throws ConfigError saying where and what is wrong.
TrainConfig load_train_config(const std::string& id_or_path);

}  // namespace flyball
