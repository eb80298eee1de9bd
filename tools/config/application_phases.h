// What a workload's file says besides the cost of a batch: loading, first use of a batch size, and
// variants (another graph, another framework). Schema: configs/README.md. Values.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "env/sim/application_config.h"
#include "tools/toml_reader.h"

namespace flyball {

// Factors on the parts of a workload, relative to what its file describes.
struct WorkFactors {
  double load = 1.0;     // duration of loading
  double host = 1.0;     // host part of a batch
  double prepare = 1.0;  // preparing thread
  double launch = 1.0;   // CPU beside the accelerator
  double gpu = 1.0;      // accelerator cycles, or its measured seconds
  double memory = 1.0;   // memory cycles
};

// The product of the variants named, [variants.NAME] of a workload's file. Throws ConfigError where
// one is not there, listing those that are.
WorkFactors read_variants(const TomlTable& file, std::span<const std::string> names);

// The tables `load` and `first_use` of a workload's [boards.BOARD] or a scenario's [application];
// absent: there is none.
std::optional<LoadWork> read_load(const TomlTable& parent, double factor);
std::optional<FirstUse> read_first_use(const TomlTable& parent);

}  // namespace flyball
