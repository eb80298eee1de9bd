#include "replay/period_credit.h"

#include <algorithm>

#include "replay/span_energy.h"

namespace flyball {

namespace {

// A first-order sensor shows y with lag * dy/dt = x - y, so the integral of x is that of y plus lag
// times the change of y.
void undo_sensor_lag(const TelemetryRow& first, const TelemetryRow& last, double lag_seconds,
                     SplitCost& cost) {
  const Stamped<double>& begin = first.telemetry.total_watts;
  const Stamped<double>& end = last.telemetry.total_watts;
  std::optional<double>& before = cost.before_effect.energy_joules;
  std::optional<double>& after = cost.after_effect.energy_joules;
  if (!begin || !end) after.reset();
  if (!before || !after) return;
  double split = *begin;
  if (first.at_effect && first.at_effect->total_watts) split = *first.at_effect->total_watts;
  *before += lag_seconds * (split - *begin);
  *after += lag_seconds * (*end - split);
}

}  // namespace

SplitCost credit_period(const RowWindow& rows, const RowSpan& span, double lag_seconds) {
  const std::span<const TelemetryRow> part = rows.part(span.begin, span.end);
  const auto watts = powered_watts(part);
  SplitCost cost;
  for (const TelemetryRow& row : part) {
    cost.before_effect += filled(row.before_effect, watts);
    cost.after_effect += filled(row.after_effect, watts);
  }
  undo_sensor_lag(rows[span.begin], rows[span.last], lag_seconds, cost);
  return cost;
}

bool may_end_period(const RowWindow& rows, const RowSpan& span) {
  const auto& application = rows[span.last].telemetry.application;
  if (!application || application->queue_length == 0) return true;
  const std::span<const TelemetryRow> part = rows.part(span.begin, span.end);
  return std::any_of(part.begin(), part.end(),
                     [](const TelemetryRow& row) { return row.cost().served > 0.0; });
}

}  // namespace flyball
