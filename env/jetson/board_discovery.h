// What of a board is there under a root: its domains with the tables and limits that its files
// show, and the control of each. Setup only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/domain_control.h"

namespace flyball {

struct DiscoveredBoard {
  std::vector<Domain> domains;
  std::vector<std::unique_ptr<DomainControl>> controls;  // per domain; null: offline CPU policy
  std::vector<Knob> knobs;
  std::vector<LevelRange> limits;  // per knob: what nvpmodel left, as the limit files show it
};

// A GPU or memory clock without files is left out, with its knob; a CPU policy that is offline
// stays as a domain that nobody controls. Throws std::runtime_error when there is no CPU policy at
// all.
DiscoveredBoard discover_board(const std::string& root, const Board& board);

}  // namespace flyball
