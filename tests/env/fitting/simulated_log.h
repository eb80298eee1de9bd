// A log of the small board under a steady load, as its simulation shows it. For tests.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "env/sim/board_config.h"
#include "env/sim/sim_plant.h"
#include "tests/support/small_board.h"

namespace flyball {

inline BoardConfig small_board_config() {
  BoardConfig config;
  config.board = small_board();
  config.electrical = small_electrical();
  return config;
}

// The small board's workload; all of its power times `power`.
inline std::shared_ptr<const WorkModel> small_work(double power = 1.0) {
  Electrical electrical = small_electrical();
  electrical.base_watts *= power;
  for (UnitElectrical* unit : {&electrical.cpu, &electrical.gpu, &electrical.emc}) {
    unit->farads *= power;
    unit->leakage_amperes *= power;
  }
  return std::make_shared<RooflineModel>(small_board(), electrical, small_workload());
}

// A row a quarter of a second, a request every 0.6 s. `levels` of the GPU are leased for as long
// each, one after the other; absent: nobody leases.
inline TelemetryLog simulated_log(double seconds,
                                  const std::vector<std::optional<Level>>& levels = {}) {
  constexpr double kRowSeconds = 0.25;
  std::vector<Arrival> arrivals;
  for (double time = 0.1; time < seconds; time += 0.6) arrivals.push_back({time, 1, {}});
  SimPlant plant(roofline_config(arrivals));
  TelemetryLog log;
  log.header.plant = plant.description();
  ControlLease lease;
  if (!levels.empty()) {
    log.header.leased_knobs = {"gpu"};
    lease = plant.lease(std::vector<std::size_t>{1});
  }
  const auto count = static_cast<std::size_t>(seconds / kRowSeconds);
  for (std::size_t i = 0; i < count; ++i) {
    plant.timeline().sleep_until(kRowSeconds * static_cast<double>(i));
    TelemetryRow row;
    row.period_seconds = kRowSeconds;
    REQUIRE_FALSE(plant.read(row.telemetry));
    if (!levels.empty()) {
      Setting setting;
      setting.resize(1);
      setting[0] = plant.description().limits[1];
      if (const auto level = levels[i * levels.size() / count]) {
        setting[0] = {*level, *level};
        row.setting = setting;
        row.decided_by = DecidedBy::kPolicy;
      }
      REQUIRE_FALSE(lease.apply(setting));
    }
    log.rows.push_back(std::move(row));
  }
  return log;
}

}  // namespace flyball
