// What a search ends with, in the forms that others take: a policy file that always asks for the
// setting, and a power mode of nvpmodel that pins it. Values and free functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controllers/search/search_space.h"
#include "env/board.h"
#include "policies/policy_file.h"

namespace flyball {

// A setting in the tables of the board, whatever part of them was searched.
struct FoundSetting {
  std::vector<Knob> knobs;
  std::vector<Level> levels;
};

// Throws DataError where the board has no such knob.
FoundSetting found_setting(const Board& board, const SearchSpace& space, std::size_t candidate);

// A policy that knows one setting alone, and every state.
PolicyFile fixed_policy(const std::string& board, const FoundSetting& setting,
                        const std::string& scenario);

// "< POWER_MODEL ID=90 NAME=FLYBALL >" and its PARAM lines, to be put into /etc/nvpmodel.conf: the
// first `cpus_online` CPUs, as where it was searched; CPUs and GPU pinned, the memory capped
// (nvpmodel has no floor for it). Names of CPU clusters differ by board and JetPack: they are those
// of the board's own chip. Comments say what the block cannot hold, as a batch size.
std::string nvpmodel_block(const Board& board, const FoundSetting& setting, int cpus_online);

}  // namespace flyball
