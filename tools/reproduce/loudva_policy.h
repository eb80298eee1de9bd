// Table `loudva`, third part: a policy trained offline on the logs and on the measured plant,
// beside the best fixed setting of that plant.
#pragma once

#include <cstdint>
#include <filesystem>

#include "policies/policy_file.h"
#include "tools/reproduce/loudva_replay.h"
#include "tools/reproduce/reproduction_table.h"

namespace flyball {

// Trains on runs 0 and 3 as recorded under both governors, and on simulated episodes with random
// settings. The same world and seed, the same policy.
PolicyFile train_loudva_policy(const LoudvaWorld& world, const std::filesystem::path& data,
                               std::uint64_t seed);

// Adds, for runs 0 and 3 and for run 0 with all limits cut to a quarter: stock's energy, the best
// fixed setting that keeps 99 % in time, and what the policy saves (checked on the median of
// three seeds: 85 % of that saving, and 99 % in time).
void reproduce_loudva_policy(const std::filesystem::path& data, ReproductionTable& table);

}  // namespace flyball
