// LoudVA's measurements as files that the commands take: the plant made of the sweep as a workload,
// and scenarios of it or of a twin. Free functions; they throw what write_output throws.
#pragma once

#include <filesystem>
#include <string>

#include "tools/reproduce/published/loudva_replay.h"

namespace flyball {

// Writes measured.toml and its table. Gives the workload's file.
std::filesystem::path write_loudva_plant(const LoudvaWorld& world,
                                         const std::filesystem::path& folder);

// A trace as `flyball trace` writes it, with `limit_scale` times the limits.
std::filesystem::path write_scaled_trace(const std::filesystem::path& trace, double limit_scale,
                                         const std::filesystem::path& file);

struct LoudvaScenario {
  std::string name;                // of its file
  std::filesystem::path workload;  // its file
  std::filesystem::path trace;     // what arrives
  double in_time_share = 1.0;      // asked for
};

// NAME.toml: the GPU's clock is lent, as CPU and memory clocks were not swept.
std::filesystem::path write_loudva_scenario(const LoudvaScenario& scenario,
                                            const std::filesystem::path& folder);

}  // namespace flyball
