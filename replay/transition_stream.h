// log_transitions() for a log that is still being written: rows go in one by one, what is complete
// comes out. Not thread-safe.
//
// A span is complete once the row after the one that ends it is there; then its transition is the
// one that the log so far gives, `truncated` apart, which may depend on spans to come.
#pragma once

#include <functional>
#include <vector>

#include "replay/log_transitions.h"
#include "replay/span_converter.h"

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
  void hand_on(const ConvertedSpan& span) const;
  void drop_rows_before(std::size_t row);

  TelemetryLogHeader header_;
  SpanConfig config_;
  Sink sink_;
  StorageWaitSums waits_;  // of all rows
  SpanConverter converter_;
  std::vector<TelemetryRow> rows_;  // from the span before the one under way
  std::size_t first_ = 0;           // number of rows_.front()
};

}  // namespace flyball
