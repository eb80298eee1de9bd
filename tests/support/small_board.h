// A small board and work models with round numbers, for tests of the simulation.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "env/board.h"
#include "env/model/measured_model.h"
#include "env/model/roofline_model.h"
#include "env/sim/sim_plant.h"

namespace flyball {

// Two CPUs in one policy, GPU of three levels, memory of two; rails GPU, CPU, SOC to be summed.
inline Board small_board() {
  Board board;
  board.id = "small";
  board.cpus = 2;
  board.domains = {{"cpu0", DomainKind::kCpu, {0.5e9, 1.0e9}, 0.001, {0, 1}},
                   {"gpu", DomainKind::kGpu, {100e6, 200e6, 400e6}, 0.005, {}},
                   {"emc", DomainKind::kEmc, {0.8e9, 1.6e9}, 0.008, {}}};
  board.knobs = {{"cpu", {0.5e9, 1.0e9}, {0}},
                 {"gpu", {100e6, 200e6, 400e6}, {1}},
                 {"emc", {0.8e9, 1.6e9}, {2}}};
  board.rails = {"GPU", "CPU", "SOC"};
  board.module_rails = {0, 1, 2};
  board.zones = {{"cpu", 90.0, 95.0}};
  board.modes = {{0, "MAXN", 2, {}, {}, {}, {}, {}}};
  return board;
}

// A batch of n takes 0.1 n s at 400 MHz, 0.2 n at 200, 0.4 n at 100; busy 8, 5, 4 W, idle 3, 2.5, 2
// W, railgated 1 W. Nothing on the host.
inline MeasuredTable small_table() {
  MeasuredTable table;
  table.frequencies_hz = {100e6, 200e6, 400e6};
  table.batches = {1.0, 4.0};
  table.seconds = {{0.4, 1.6}, {0.2, 0.8}, {0.1, 0.4}};
  table.busy_watts = {{4.0, 4.0}, {5.0, 5.0}, {8.0, 8.0}};
  table.idle_watts = {2.0, 2.5, 3.0};
  table.railgated_watts = 1.0;
  table.rail_shares = {0.5, 0.2, 0.3};
  return table;
}

inline SimConfig small_config(Arrivals arrivals, const MeasuredTable& table = small_table()) {
  SimConfig config;
  config.board = small_board();
  config.mode = config.board.modes.front();
  config.work = std::make_shared<MeasuredModel>(config.board, table);
  config.arrivals = std::move(arrivals);
  return config;
}

inline Electrical small_electrical() {
  Electrical electrical;
  electrical.cpu = {0.7, 1.0, 0.5e9, 0.5e-9, 0.1, 0.02};
  electrical.gpu = {0.6, 1.0, 150e6, 15e-9, 0.1, 0.2};
  electrical.emc = {1.0, 1.0, 0.0, 0.6e-9, 0.5, 0.0};
  electrical.base_watts = 1.5;
  electrical.rails = {{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 1, 1}};
  return electrical;
}

// Bound by the GPU at low GPU frequencies, by the memory at high ones.
inline RooflineParameters small_workload() {
  RooflineParameters parameters;
  parameters.gpu = {2e6, 10e6};
  parameters.memory = {0.0, 40e6};
  parameters.launch = {1e6, 0.0};
  parameters.host = {0.0, 2e6};
  return parameters;
}

inline SimConfig roofline_config(Arrivals arrivals) {
  SimConfig config = small_config(std::move(arrivals));
  config.work = std::make_shared<RooflineModel>(config.board, small_electrical(), small_workload());
  return config;
}

}  // namespace flyball
