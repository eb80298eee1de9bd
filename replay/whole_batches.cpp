#include "replay/whole_batches.h"

#include <algorithm>

#include "replay/span_energy.h"

namespace flyball {

namespace {

// Where a pinned setting goes on from the span before, the last row before `begin` in which a batch
// was completed: the next batch ran wholly under the setting, too.
std::optional<std::size_t> last_batch_before(const RowWindow& rows, std::size_t begin,
                                             std::size_t segment_begin) {
  const auto& setting = rows[begin].setting;
  if (is_residents(rows[begin])) return std::nullopt;
  for (std::size_t row = begin; row > segment_begin && rows[row - 1].setting == setting; --row) {
    const TelemetryRow& before = rows[row - 1];
    if (before.decided && before.before_effect.served > 0.0) return std::nullopt;
    if (before.after_effect.served > 0.0) return row - 1;
  }
  return std::nullopt;
}

// Seconds that the requests of the rows were in the system, by their own times; absent where a row
// does not tell.
std::optional<double> latencies_seconds(const RowWindow& rows, const BatchRows& batches) {
  double seconds = 0.0;
  for (std::size_t row = batches.begin; row < batches.end; ++row) {
    const double served = rows[row].cost().served;
    const auto& application = rows[row + 1].telemetry.application;
    if (application && application->latency_mean_seconds) {
      seconds += *application->latency_mean_seconds * served;
    } else if (served > 0.0) {
      return std::nullopt;
    }
  }
  return seconds;
}

void undo_sensor_lag(const RowWindow& rows, const BatchRows& batches, double lag_seconds,
                     SpanCost& cost) {
  const auto& before = rows[batches.begin].telemetry.total_watts;
  const auto& after = rows[batches.end].telemetry.total_watts;
  if (!before || !after) cost.energy_joules.reset();
  if (cost.energy_joules) *cost.energy_joules += lag_seconds * (*after - *before);
}

// From the rows' edges to the requests' own times.
void scale_to_latencies(double latencies, SpanCost& cost) {
  if (cost.in_system_seconds <= 0.0) return;
  const double scale = latencies / cost.in_system_seconds;
  cost.seconds *= scale;
  if (cost.energy_joules) *cost.energy_joules *= scale;
  cost.in_system_seconds = latencies;
}

}  // namespace

std::optional<BatchRows> whole_batches(const RowWindow& rows, const RowSpan& span,
                                       std::size_t segment_begin) {
  std::optional<std::size_t> first =
      last_batch_before(rows, span.begin, std::max(segment_begin, rows.first));
  std::optional<std::size_t> last;
  for (std::size_t row = span.begin; row < std::min(span.end, span.last); ++row) {
    // Served before the new setting took effect, the batch ran under the one before it.
    if (rows[row].cost().served <= 0.0) continue;
    if (!first) {
      if (row > span.begin || rows[row].after_effect.served > 0.0) first = row;
    } else {
      last = row;
    }
  }
  if (!last) return std::nullopt;
  return BatchRows{*first + 1, *last + 1};
}

double seconds_of(const RowWindow& rows, const BatchRows& batches) {
  double seconds = 0.0;
  for (const TelemetryRow& row : rows.part(batches.begin, batches.end)) {
    seconds += row.cost().seconds;
  }
  return seconds;
}

SpanCost credit_batches(const RowWindow& rows, const BatchRows& batches,
                        const PlantDescription& plant, double lag_seconds,
                        const StorageWaits& waits) {
  const auto watts = powered_watts(rows.part(batches.begin, batches.end));
  SpanCost cost;
  double waited_seconds = 0.0;
  for (std::size_t row = batches.begin; row < batches.end; ++row) {
    cost += filled(rows[row].cost(), watts);
    waited_seconds += storage_wait_seconds(plant, rows[row], rows[row + 1]);
  }
  undo_sensor_lag(rows, batches, lag_seconds, cost);
  if (const auto latencies = latencies_seconds(rows, batches)) {
    scale_to_latencies(*latencies, cost);
  }
  even_storage_waits(waits, waited_seconds, cost);
  return cost;
}

}  // namespace flyball
