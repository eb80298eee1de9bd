#include "controllers/evaluation/sim_setup.h"

#include "controllers/kernel_governors.h"

namespace flyball {

SimConfig board_sim_config(const BoardConfig& board) {
  SimConfig config;
  config.board = board.board;
  config.mode = find_mode(board.board, board.board.default_mode);
  config.residents = resident_factory(stock_residents(board.board));
  config.sensor = board.sensor;
  config.thermal = board.thermal;
  config.power_budget = board.power_budget;
  return config;
}

SimConfig make_sim_config(const Scenario& scenario, std::uint64_t seed) {
  SimConfig config = board_sim_config(scenario.board);
  config.mode = scenario.mode;
  config.cpu_floor_hz = scenario.cpu_floor_hz;
  config.work = scenario.workload.work;
  scenario.workload.serving.apply_to(config);
  config.load = scenario.application.load;
  config.first_use = scenario.application.first_use;
  config.mix = scenario.application.mix;
  config.fine_tuning = scenario.application.fine_tuning;
  config.processes = scenario.application.processes;
  config.arrivals = make_arrivals(scenario.arrivals, seed);
  config.batch_levels = scenario.control.batch_levels;
  config.default_batch = scenario.control.default_batch;
  config.offload = scenario.application.offload;
  config.offload_levels = scenario.control.offload_levels;
  config.fine_tuning_levels = scenario.control.fine_tuning_levels;
  config.actuation = scenario.control.actuation;
  config.thermal.ambient_celsius = scenario.ambient_celsius;
  config.thermal.ambient_steps = scenario.ambient_steps;
  config.service_noise = scenario.service_noise;
  config.seed = seed + 1;
  return config;
}

}  // namespace flyball
