// A small board for tests of what is made of a board's log.
#pragma once

#include "env/board.h"

namespace flyball {

// Two CPUs in two policies, a GPU, a memory controller; the module's power is the sum of the rails.
inline Board logged_board() {
  Board board;
  board.id = "small";
  board.cpus = 2;
  board.domains = {{"cpu0", DomainKind::kCpu, {729.6e6, 1190.4e6}, 0.001, {0}},
                   {"cpu1", DomainKind::kCpu, {729.6e6, 1190.4e6}, 0.001, {1}},
                   {"gpu", DomainKind::kGpu, {114.75e6, 624.75e6, 1377e6}, 0.005, {}},
                   {"emc", DomainKind::kEmc, {204e6, 665.6e6}, 0.008, {}}};
  board.knobs = {{"cpu", {729.6e6, 1190.4e6}, {0, 1}},
                 {"gpu", {114.75e6, 624.75e6, 1377e6}, {2}},
                 {"emc", {204e6, 665.6e6}, {3}}};
  board.rails = {"GPU", "SOC"};
  board.module_rails = {0, 1};
  board.zones = {{"cpu", {}, {}}, {"GPU-therm", {}, {}}};
  board.modes = {{0, "MAXN", 2, {}, {}, {}, {}, {}}, {1, "LOW", 1, {}, {}, {}, 620e6, {}}};
  return board;
}

}  // namespace flyball
