#include "replay/storage_waits.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace flyball {

namespace {

constexpr double kLeastShare = 0.5;  // of a row, for the work to have stood still in it

std::optional<double> iowait_seconds(const Telemetry& telemetry) {
  if (!telemetry.cpus) return std::nullopt;
  double seconds = 0.0;
  for (const CpuTelemetry& cpu : *telemetry.cpus) seconds += cpu.iowait_seconds;
  return seconds;
}

// Whether the telemetry shows that no GPU works.
bool is_gpu_idle(const PlantDescription& plant, const Telemetry& telemetry) {
  if (!telemetry.domains) return false;
  for (std::size_t d = 0; d < plant.domains.size(); ++d) {
    if (plant.domains[d].kind != DomainKind::kGpu) continue;
    if ((*telemetry.domains)[d].utilization.value_or(1.0) > 1.0 - kLeastShare) return false;
  }
  return true;
}

}  // namespace

double storage_wait_seconds(const PlantDescription& plant, const TelemetryRow& row,
                            const TelemetryRow& next) {
  const std::optional<double> before = iowait_seconds(row.telemetry);
  const std::optional<double> after = iowait_seconds(next.telemetry);
  if (!before || !after || !is_gpu_idle(plant, next.telemetry)) return 0.0;
  const double waited = *after - *before;
  return waited < kLeastShare * row.period_seconds ? 0.0 : std::min(waited, row.period_seconds);
}

void StorageWaitSums::add(const PlantDescription& plant, const TelemetryRow& row,
                          const TelemetryRow& next) {
  const double step = next.telemetry.time_seconds - row.telemetry.time_seconds;
  if (step <= 0.0 || step > gap_factor_ * row.period_seconds) return;
  const SpanCost cost = row.cost();
  const auto& before = row.telemetry.total_watts;
  const auto& after = next.telemetry.total_watts;
  if (!cost.energy_joules || !before || !after) return;
  requests_ += cost.served;
  const double wait = storage_wait_seconds(plant, row, next);
  if (wait <= 0.0) return;
  waited_seconds_ += wait;
  seconds_ += row.period_seconds;
  joules_ += *cost.energy_joules + lag_seconds_ * (*after - *before);
}

StorageWaits StorageWaitSums::mean() const {
  if (waited_seconds_ <= 0.0 || requests_ <= 0.0) return {};
  return {waited_seconds_ / requests_, joules_ / seconds_};
}

void even_storage_waits(const StorageWaits& waits, double waited_seconds, SpanCost& cost) {
  const double excess = waited_seconds - waits.seconds_per_request * cost.served;
  const double in_system = cost.in_system_seconds / cost.seconds;
  cost.seconds -= excess;
  if (cost.energy_joules) *cost.energy_joules -= waits.watts * excess;
  cost.in_system_seconds -= in_system * excess;
}

}  // namespace flyball
