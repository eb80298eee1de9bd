// A board with one GPU, and logs of a saturated job on it. For tests.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/log_transitions.h"

namespace flyball {

inline constexpr double kPeriod = 0.1;

inline TelemetryLogHeader one_gpu() {
  TelemetryLogHeader header;
  header.plant.board = "test";
  Domain gpu;
  gpu.name = "gpu";
  gpu.kind = DomainKind::kGpu;
  gpu.frequencies_hz = {1e8, 2e8, 4e8};
  header.plant.domains = {gpu};
  header.plant.knobs = {{.name = "gpu", .levels = {1e8, 2e8, 4e8}, .domains = {0}}};
  header.plant.limits = {{0, 2}};
  header.plant.has_application = true;
  header.leased_knobs = {"gpu"};
  return header;
}

inline SpanConfig span_config(SpanCredit credit) {
  SpanConfig config;
  config.knobs = {"gpu"};
  config.encoder.period_seconds = 1.0;
  config.encoder.with_utilization = false;
  config.credit = credit;
  return config;
}

// A closed loop of batches of four: every `latency_rows` rows a batch completes.
struct Log {
  std::vector<TelemetryRow> rows;
  std::uint64_t served = 0;
  int phase = 0;

  void add(int count, Level level, double watts, int latency_rows, bool leased) {
    for (int i = 0; i < count; ++i) {
      TelemetryRow row;
      Telemetry& t = row.telemetry;
      t.time_seconds = static_cast<double>(rows.size()) * kPeriod;
      DomainTelemetry gpu;
      gpu.effective_hz = gpu.requested_hz = one_gpu().plant.knobs[0].levels[level];
      t.domains.refill(t.time_seconds) = {gpu};
      t.total_watts.refill(t.time_seconds) = watts;
      ApplicationTelemetry& application = t.application.refill(t.time_seconds);
      application.served = served;
      application.queue_length = 4;
      application.in_system_seconds = 4.0 * t.time_seconds;
      application.latency_mean_seconds = latency_rows * kPeriod;
      row.period_seconds = kPeriod;
      if (leased) {
        row.setting = Setting::pinned(std::vector<Level>{level});
        row.decided = i % 10 == 0;
        row.decided_by = DecidedBy::kRandom;
        row.t_as_seconds = 0.004;
        row.effect_seconds = 0.012;
      }
      row.after_effect = {kPeriod, watts * kPeriod, 4.0 * kPeriod, 0.0, 0.0};
      if (++phase >= latency_rows) {
        phase = 0;
        served += 4;
        row.after_effect.served = 4.0;
      }
      rows.push_back(row);
    }
  }
};

// Two settings by turns; in every third block storage is waited for once.
inline Log waiting_log(int blocks) {
  Log log;
  double iowait = 0.0;
  for (int block = 0; block < blocks; ++block) {
    const Level level = block % 2 == 0 ? 2 : 0;
    log.add(8, level, 8.0, 4, true);
    if (block % 3 == 0) {
      log.phase -= 4;  // for as long nothing gets on
      log.add(4, level, 3.0, 4, true);
      log.rows[log.rows.size() - 4].decided = false;
    }
    log.add(12, level, 8.0, 4, true);
    log.rows[log.rows.size() - 12].decided = false;
  }
  for (TelemetryRow& row : log.rows) {
    row.telemetry.application.refill(row.telemetry.time_seconds).latency_mean_seconds.reset();
    row.telemetry.cpus.refill(row.telemetry.time_seconds) = {{.iowait_seconds = iowait}};
    row.telemetry.domains.refill(row.telemetry.time_seconds)[0].utilization = 0.0;
    if (*row.telemetry.total_watts < 5.0) iowait += kPeriod;
  }
  return log;
}

}  // namespace flyball
