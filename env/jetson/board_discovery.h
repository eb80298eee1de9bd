// What of a board is there under a root: its domains with the tables that its files show, the
// reader and the control of each. Setup only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/board_controls.h"
#include "env/jetson/domain_reader.h"
#include "env/jetson/table_fit.h"

namespace flyball {

struct DiscoveredBoard {
  std::vector<Domain> domains;
  std::vector<std::unique_ptr<DomainReader>> readers;  // per domain; null: offline CPU policy
  std::vector<Knob> knobs;                             // levels as `known` has them
  ControlSet controls;                                 // the same with the board's own levels
};

// A GPU or memory clock without files is left out, with its knob; a CPU policy that is offline
// stays as a domain that nobody controls. Throws std::runtime_error when there is no CPU policy at
// all, or when a known table does not fit the board's.
DiscoveredBoard discover_board(const std::string& root, const Board& board,
                               std::span<const KnownTable> known);

// Whether there is any CPU policy under the root: before a board's files are mounted there is none.
bool has_cpu_policies(const std::string& root);

// Throws std::runtime_error when there is no CPU policy of that board under the root.
void check_is_board(const std::string& root, const Board& board);

}  // namespace flyball
