// A header and rows of telemetry for tests: every group, every type of cell, doubles with all bits
// in use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "env/logs/telemetry_row.h"

namespace flyball {

inline TelemetryLogHeader small_header() {
  TelemetryLogHeader header;
  header.plant.board = "two-core";
  header.plant.domains = {{"cpu0", DomainKind::kCpu, {1e8, 2e8, 1.1904e9}, 0.001, {0, 1}},
                          {"gpu", DomainKind::kGpu, {114.75e6, 1377e6}, 0.005, {}}};
  header.plant.knobs = {{"cpu", {1e8, 2e8, 1.1904e9}, {0}},
                        {"gpu", {114.75e6, 1377e6}, {1}},
                        {"batch", {1, 2, 4}, {}}};
  header.plant.limits = {{0, 2}, {0, 1}, {0, 2}};
  header.modes = {{0, {{0, 2}, {0, 1}, {0, 2}}}, {5, {{1, 1}, {0, 0}, {0, 2}}}};
  header.plant.rails = {"VDD_IN", "VDD_SOC"};
  header.plant.zones = {"CPU-therm"};
  header.plant.cpus = 2;
  header.plant.has_application = true;
  header.leased_knobs = {"gpu", "batch"};
  header.scenario = "a line\nand a back\\slash, comma";
  header.version = "0.1.0";
  header.governor = "podgov";
  header.sensor_lag_seconds = 0.42;
  header.energy_reference_joules = 1.0 / 3.0;
  return header;
}

// Doubles with all bits in use.
inline double awkward(std::mt19937_64& random) {
  return std::uniform_real_distribution<double>(-1.0, 1.0)(random) *
         std::pow(10.0, std::uniform_int_distribution<int>(-300, 300)(random));
}

// Such a double that can be a time, as a row has one.
inline double awkward_time(std::mt19937_64& random) {
  return std::uniform_real_distribution<double>(0.0, 1.0)(random) *
         std::pow(10.0, std::uniform_int_distribution<int>(-300, 10)(random));
}

inline std::optional<double> perhaps(std::mt19937_64& random) {
  if (random() % 2 == 0) return std::nullopt;
  return awkward(random);
}

inline void fill(Telemetry& t, std::mt19937_64& random) {
  t.time_seconds = awkward_time(random);
  if (random() % 4 != 0) {
    auto& domains = t.domains.refill(awkward(random));
    domains.resize(2);
    for (DomainTelemetry& d : domains) {
      d = {awkward(random), awkward(random), awkward(random),
           awkward(random), perhaps(random), perhaps(random)};
    }
  }
  if (random() % 4 != 0) {
    auto& cpus = t.cpus.refill(awkward(random));
    cpus.resize(2);
    for (CpuTelemetry& c : cpus) {
      c = {random() % 2 == 0, awkward(random), awkward(random), awkward(random)};
    }
  }
  if (random() % 4 != 0) t.rail_watts.refill(awkward(random)) = {perhaps(random), perhaps(random)};
  if (random() % 4 != 0) t.total_watts.refill(awkward(random)) = awkward(random);
  if (random() % 4 != 0) t.temperatures_celsius.refill(awkward(random)) = {perhaps(random)};
  if (random() % 4 != 0) {
    ApplicationTelemetry& a = t.application.refill(awkward(random));
    a.arrived = random();
    a.served = random();
    a.missed = random();
    a.in_system_seconds = awkward(random);
    a.batches = random();
    a.queue_length = random();
    for (auto* field :
         {&a.latency_mean_seconds, &a.latency_p95_seconds, &a.latency_max_seconds,
          &a.deadline_seconds, &a.slack_seconds, &a.batch_recommended, &a.batch_effective}) {
      *field = perhaps(random);
    }
    a.finished = random() % 2 == 0;
  }
}

// A few watts over an awkward time.
inline SpanCost random_cost(std::mt19937_64& random, double served) {
  const double seconds = awkward_time(random);
  const double watts = std::uniform_real_distribution<double>(0.0, 20.0)(random);
  return {seconds, watts * seconds, awkward_time(random), served, 1.0};
}

inline TelemetryRow random_row(std::mt19937_64& random, bool with_snapshot) {
  TelemetryRow row;
  fill(row.telemetry, random);
  row.period_seconds = awkward_time(random);
  if (random() % 2 == 0) row.mode = static_cast<std::uint16_t>(random() % 65536);
  row.decided = random() % 2 == 0;
  row.decided_by = static_cast<DecidedBy>(random() % 3);
  if (random() % 2 == 0) row.probability = std::abs(std::fmod(awkward(random), 1.0));
  if (random() % 2 == 0) {
    const Level levels[] = {static_cast<Level>(random() % 2), static_cast<Level>(random() % 3)};
    row.setting = Setting::pinned(levels);
  }
  row.t_as_seconds = perhaps(random);
  row.effect_seconds = perhaps(random);
  if (with_snapshot && random() % 2 == 0) fill(row.at_effect.emplace(), random);
  row.before_effect = random_cost(random, 3.0);
  row.after_effect = random_cost(random, 4.0);
  row.terminated = random() % 2 == 0;
  row.truncated = random() % 2 == 0;
  return row;
}

// Rows as a log has them: in the order of time.
inline std::vector<TelemetryRow> random_rows(std::mt19937_64& random, int count,
                                             bool with_snapshot = false) {
  std::vector<TelemetryRow> rows;
  for (int i = 0; i < count; ++i) rows.push_back(random_row(random, with_snapshot));
  std::sort(rows.begin(), rows.end(), [](const TelemetryRow& a, const TelemetryRow& b) {
    return a.telemetry.time_seconds < b.telemetry.time_seconds;
  });
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    const double step = rows[i + 1].telemetry.time_seconds - rows[i].telemetry.time_seconds;
    rows[i].period_seconds = std::min(rows[i].period_seconds, step);
  }
  return rows;
}

}  // namespace flyball
