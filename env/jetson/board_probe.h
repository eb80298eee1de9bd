// What of a board is there under a root, what of it could be governed, and why not. Only reads:
// nothing is opened for writing, made or locked. Setup only; a file that hangs makes it hang.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "env/board.h"
#include "env/jetson/application_source.h"
#include "env/jetson/board_identity.h"

namespace flyball {

struct ProbedClock {
  std::string name;  // of the domain: "cpu0", "gpu", "emc"
  DomainKind kind = DomainKind::kCpu;
  std::string files;                 // its folder; empty: nothing was found
  std::string governor;              // the kernel's; empty: not shown
  std::vector<double> listed_hz;     // the board's own table; empty: it lists none
  std::optional<double> running_hz;  // all three absent where they could not be read
  std::optional<double> floor_hz;
  std::optional<double> ceiling_hz;
  bool is_unconfirmed = false;           // the description's table, so nothing is compared with it
  std::vector<std::string> differences;  // from the description's table
  std::string obstacle;                  // why it cannot be governed; empty: it can
};

struct ProbedRail {
  std::string name;
  std::optional<double> watts;
  bool is_of_module = false;  // the module's power is the sum of these
};

struct ProbedZone {
  std::string name;
  std::optional<double> celsius;
};

struct BoardProbe {
  std::string board;  // the id of the description that it was held against
  std::string title;
  std::string model;                     // the device tree's; empty: not shown
  std::vector<std::string> modules;      // likewise: "p3767-0004", and the carrier's
  bool is_its_module = false;            // one of them is of the description
  std::vector<std::string> unconfirmed;  // of the description: BoardIdentity
  std::optional<int> mode;               // nvpmodel's; absent: not known
  std::string mode_name;                 // in the description; empty: it has no such mode
  std::vector<ProbedClock> clocks;       // in the description's order
  std::vector<ProbedRail> rails;
  std::optional<double> module_watts;
  std::vector<ProbedZone> zones;
  // How an application reports its requests, and by which file.
  ApplicationWay application_way = ApplicationWay::kNone;
  std::string application_file;
  std::vector<double> batch_levels;   // that it takes; empty: none
  bool is_governed = false;           // by a flyballd that runs
  std::string left_state;             // file of clocks that a killed flyballd left; empty: none
  std::vector<std::string> problems;  // "FILE: what is wrong with it"

  // Clocks that are not as described. CPUs may be offline and the memory's files be root's, so
  // these two may be missing. Where a table is unconfirmed the module has to be that of the
  // description, too. 0: this is that board, or one just like it.
  std::size_t misfits() const;
};

// Throws std::runtime_error where there is no CPU policy under the root.
BoardProbe probe_board(const std::string& root, const Board& board,
                       const BoardIdentity& identity = {});

}  // namespace flyball
