#include "replay/period_credit.h"

#include <algorithm>

#include "replay/span_energy.h"

namespace flyball {

namespace {

// A first-order sensor shows y with lag * dy/dt = x - y, so the integral of x is that of y plus lag
// times the change of y.
void undo_sensor_lag(const Stamped<double>& begin, const TelemetryRow* at_effect,
                     const TelemetryRow& last, double lag_seconds, SplitCost& cost) {
  const Stamped<double>& end = last.telemetry.total_watts;
  std::optional<double>& before = cost.before_effect.energy_joules;
  std::optional<double>& after = cost.after_effect.energy_joules;
  if (!begin || !end) after.reset();
  if (!before || !after) return;
  double split = *begin;
  if (at_effect != nullptr && at_effect->at_effect && at_effect->at_effect->total_watts) {
    split = *at_effect->at_effect->total_watts;
  }
  *before += lag_seconds * (split - *begin);
  *after += lag_seconds * (*end - split);
}

}  // namespace

SplitCost credit_period(const RowWindow& rows, const RowSpan& span, double lag_seconds) {
  const std::span<const TelemetryRow> part = rows.part(span.begin, span.end);
  const auto watts = powered_watts(part);
  SplitCost cost;
  const std::size_t effect = effect_row(part);
  for (std::size_t i = 0; i < part.size(); ++i) {
    SpanCost& before = i <= effect ? cost.before_effect : cost.after_effect;
    before += filled(part[i].before_effect, watts);
    cost.after_effect += filled(part[i].after_effect, watts);
  }
  undo_sensor_lag(part.front().telemetry.total_watts,
                  effect < part.size() ? &part[effect] : nullptr, rows[span.last], lag_seconds,
                  cost);
  return cost;
}

std::size_t effect_row(std::span<const TelemetryRow> rows) {
  const auto it = std::find_if(rows.begin(), rows.end(), [](const TelemetryRow& row) {
    return row.after_effect.seconds > 0.0;
  });
  return static_cast<std::size_t>(it - rows.begin());
}

bool may_end_period(const RowWindow& rows, const RowSpan& span) {
  const auto& application = rows[span.last].telemetry.application;
  if (!application || application->queue_length == 0) return true;
  const std::span<const TelemetryRow> part = rows.part(span.begin, span.end);
  return std::any_of(part.begin(), part.end(),
                     [](const TelemetryRow& row) { return row.cost().served > 0.0; });
}

}  // namespace flyball
