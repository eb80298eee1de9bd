// The credit `period`: all of a span counts for its action, split at the effect. For timed
// arrivals: the backlog is in the observation. Pure functions.
#pragma once

#include <cstddef>
#include <span>

#include "env/reward.h"
#include "replay/row_window.h"

namespace flyball {

struct SplitCost {
  SpanCost before_effect;
  SpanCost after_effect;
};

// The sums over the span's rows, split where the setting decided with the first one took effect:
// what a later decision of the same setting takes to think is the setting's own. Their energy is
// absent where power is not known well enough (see span_energy.h). `lag_seconds`: the time constant
// of the power readings, which is undone.
SplitCost credit_period(const RowWindow& rows, const RowSpan& span, double lag_seconds);

// The row in which the setting decided with the first one took effect; rows.size(): in none.
std::size_t effect_row(std::span<const TelemetryRow> rows);

// Whether a batch was completed in the span or the system was empty at its end.
bool may_end_period(const RowWindow& rows, const RowSpan& span);

}  // namespace flyball
