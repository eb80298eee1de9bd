// A policy for the measured plant of LoudVA, trained offline: one for all its runs and limits.
#pragma once

#include <cstdint>
#include <filesystem>

#include "policies/policy_file.h"
#include "tools/reproduce/published/loudva_replay.h"

namespace flyball {

// Trains on runs 0 and 3 as recorded under both governors, and on simulated episodes with random
// settings; then takes the tolerance that is cheapest on practice traces, drawn from the same runs
// by the policy's own seed, of those that keep what is asked for there. The same world and seed,
// the same policy. Throws Interrupted.
PolicyFile train_loudva_policy(const LoudvaWorld& world, const std::filesystem::path& data,
                               std::uint64_t seed);

}  // namespace flyball
