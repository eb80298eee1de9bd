// log_transitions() for a log that is still being written: rows go in one by one, what is complete
// comes out. Not thread-safe.
//
// A span is complete once the row after the next decision is there; then its transition is the one
// that the log so far gives, `truncated` apart, which may depend on spans to come.
#pragma once

#include <functional>
#include <vector>

#include "replay/log_transitions.h"

namespace flyball {

// What a complete span came to; one of the two may be absent, or both.
struct StreamedSpan {
  const Transition* transition = nullptr;
  const SpanCost* resident_cost = nullptr;
};

class TransitionStream {
 public:
  using Sink = std::function<void(const StreamedSpan&)>;

  // Throws std::invalid_argument as log_transitions() does.
  TransitionStream(TelemetryLogHeader header, SpanConfig config, Sink sink);

  // The next row; hands on what is complete with it.
  void add(const TelemetryRow& row);

 private:
  void hand_on();

  TelemetryLogHeader header_;
  SpanConfig config_;
  Sink sink_;
  StorageWaitSums waits_;           // of all rows
  std::vector<TelemetryRow> rows_;  // from the last span that was handed on
  bool first_is_told_ = false;      // that span is among the rows, for what comes after it
};

}  // namespace flyball
