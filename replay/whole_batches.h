// The credit `whole_batches`: of a span its batches that ran wholly under its setting, from the
// first completion to the last one. For saturated jobs, where the cost per request is what is
// learned. By Little's law the energy per request is (energy / in-system time) * latency; latencies
// come from the requests' own times, so rows need not end when a batch does. Pure functions.
#pragma once

#include <cstddef>
#include <optional>

#include "env/board.h"
#include "env/reward.h"
#include "replay/row_window.h"
#include "replay/storage_waits.h"

namespace flyball {

// Rows [begin, end) in which whole batches ran. Row `end` follows them.
struct BatchRows {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Absent when no whole batch ran under the span's setting. A pinned setting may go on from the span
// before: `rows` has to hold that, too.
std::optional<BatchRows> whole_batches(const RowWindow& rows, const RowSpan& span,
                                       std::size_t segment_begin);

double seconds_of(const RowWindow& rows, const BatchRows& batches);

// Their cost, scaled from the rows' edges to the requests' own times, storage waits shared. Its
// energy is absent where power is not known well enough (see span_energy.h).
SpanCost credit_batches(const RowWindow& rows, const BatchRows& batches,
                        const PlantDescription& plant, double lag_seconds,
                        const StorageWaits& waits);

}  // namespace flyball
