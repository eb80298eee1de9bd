#include "replay/transition_stream.h"

#include <utility>

namespace flyball {

TransitionStream::TransitionStream(TelemetryLogHeader header, SpanConfig config, Sink sink)
    : header_(std::move(header)),
      config_(std::move(config)),
      sink_(std::move(sink)),
      waits_(sensor_lag_seconds(header_, config_), config_.gap_factor),
      converter_(header_, config_) {}

void TransitionStream::add(const TelemetryRow& row) {
  if (!rows_.empty()) waits_.add(header_.plant, rows_.back(), row);
  rows_.push_back(row);
  if (rows_.size() < 2) return;
  const std::size_t before = first_ + rows_.size() - 2;
  const auto ended = converter_.add({rows_, first_}, before, waits_.mean());
  for (const ConvertedSpan& span : ended) hand_on(span);
  // The first batch of the next span may have begun in this one.
  if (!ended.empty()) drop_rows_before(ended.back().rows.begin);
}

void TransitionStream::hand_on(const ConvertedSpan& span) const {
  sink_({span.transition ? &*span.transition : nullptr,
         span.resident_cost ? &*span.resident_cost : nullptr});
}

void TransitionStream::drop_rows_before(std::size_t row) {
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(row - first_));
  first_ = row;
}

}  // namespace flyball
