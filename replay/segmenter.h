// Where the spans of a log begin and end. Rows are told one by one; not thread-safe.
//
// A segment is a stretch of rows without a cut: no truncated or terminated row, gap in the stamps
// or change of mode. Inside it a span ends where a setting was decided anew, or, while residents
// decide, after a period; but not before a batch was completed or the system was empty, because a
// fraction of a batch in one span is noise in all of them. Whether it may end is the credit's to
// say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "replay/row_window.h"

namespace flyball {

// What lies between a row and the next one.
enum class Cut : std::uint8_t {
  kNone,
  kEnd,         // the work ended, or whoever logged stopped looking
  kModeChange,  // another nvpmodel mode: named, or CPUs switched on or off
  kGap,         // rows further apart than `gap_factor` of their period, or backwards
};
Cut cut_between(const TelemetryRow& row, const TelemetryRow& next, double gap_factor);

// What a row ended.
struct EndedSpan {
  RowSpan rows;
  bool ends_segment = false;
  bool terminated = false;
};

class Segmenter {
 public:
  // `may_end`: whether a span of these rows may end, where it is due. `period_seconds`: H.
  using MayEnd = std::function<bool(const RowWindow&, const RowSpan&)>;
  Segmenter(double period_seconds, MayEnd may_end)
      : period_seconds_(period_seconds), may_end_(std::move(may_end)) {}

  // Whether the next row begins a segment.
  bool begins_segment() const { return !begin_; }
  // The next row; `is_last`: of its segment. Returns the spans that it ends, in order. The last row
  // only tells how its predecessor ended, unless the work ended with it.
  std::vector<EndedSpan> add(const RowWindow& rows, std::size_t row, bool is_last);

 private:
  void begin_span(const RowWindow& rows, std::size_t row);
  bool ends_before(const RowWindow& rows, std::size_t row) const;

  double period_seconds_;
  MayEnd may_end_;
  std::optional<std::size_t> begin_;  // of the span under way
  double elapsed_seconds_ = 0.0;      // in it, up to the next row
};

}  // namespace flyball
