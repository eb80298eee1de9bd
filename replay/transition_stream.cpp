#include "replay/transition_stream.h"

#include <utility>

namespace flyball {

TransitionStream::TransitionStream(TelemetryLogHeader header, SpanConfig config, Sink sink)
    : header_(std::move(header)),
      config_(std::move(config)),
      sink_(std::move(sink)),
      waits_(sensor_lag_seconds(header_, config_), config_.gap_factor) {
  validate(config_);
  (void)log_transitions(header_, {}, config_);  // throws what is wrong with it
}

void TransitionStream::add(const TelemetryRow& row) {
  const bool after_decision = !rows_.empty() && rows_.back().decided;
  if (!rows_.empty()) waits_.add(header_.plant, rows_.back(), row);
  rows_.push_back(row);
  if (after_decision) hand_on();
}

// The last span is still under way. The one before it stays: the next one's observation counts from
// there, and so may its first batch.
void TransitionStream::hand_on() {
  const LogTransitions found = log_transitions(header_, rows_, config_, waits_.mean());
  if (found.spans.size() < 2) return;
  const std::size_t complete = found.spans.size() - 1;
  for (std::size_t i = first_is_told_ ? 1 : 0; i < complete; ++i) {
    const LogSpan& span = found.spans[i];
    sink_({span.transition ? &found.transitions[*span.transition] : nullptr,
           span.resident_cost ? &*span.resident_cost : nullptr});
  }
  const std::size_t kept = found.spans[complete - 1].begin;
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(kept));
  first_is_told_ = true;
}

}  // namespace flyball
