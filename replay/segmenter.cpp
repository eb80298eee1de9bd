#include "replay/segmenter.h"

#include <algorithm>

#include "env/logs/row_gap.h"

namespace flyball {

namespace {

// The rows may name nvpmodel's mode; a change also shows where it switches CPUs on or off.
bool mode_changes(const TelemetryRow& row, const TelemetryRow& next) {
  if (row.mode != next.mode) return true;
  const Telemetry& before = row.telemetry;
  const Telemetry& after = next.telemetry;
  if (!before.cpus || !after.cpus || before.cpus->size() != after.cpus->size()) return false;
  return !std::equal(
      before.cpus->begin(), before.cpus->end(), after.cpus->begin(),
      [](const CpuTelemetry& a, const CpuTelemetry& b) { return a.online == b.online; });
}

}  // namespace

Cut cut_between(const TelemetryRow& row, const TelemetryRow& next, double gap_factor) {
  if (row.terminated || row.truncated) return Cut::kEnd;
  if (mode_changes(row, next)) return Cut::kModeChange;
  return is_gap(row, next, gap_factor) ? Cut::kGap : Cut::kNone;
}

std::vector<EndedSpan> Segmenter::add(const RowWindow& rows, std::size_t row, bool is_last) {
  std::vector<EndedSpan> ended;
  const bool terminated = rows[row].terminated;
  if (!begin_) {
    begin_span(rows, row);
  } else if (is_last && !terminated) {
    ended.push_back({{*begin_, row, row}, true, false});
  } else if (ends_before(rows, row)) {
    ended.push_back({{*begin_, row, row}, false, false});
    begin_span(rows, row);
  } else {
    elapsed_seconds_ += rows[row].period_seconds;
  }
  if (terminated) ended.push_back({{*begin_, row + 1, row}, true, true});
  if (is_last) begin_.reset();
  return ended;
}

void Segmenter::begin_span(const RowWindow& rows, std::size_t row) {
  begin_ = row;
  elapsed_seconds_ = rows[row].period_seconds;
}

bool Segmenter::ends_before(const RowWindow& rows, std::size_t row) const {
  const TelemetryRow& next = rows[row];
  if (next.setting != rows[*begin_].setting) return true;
  const bool due =
      is_residents(next) ? elapsed_seconds_ >= period_seconds_ * (1.0 - 1e-6) : next.decided;
  return due && may_end_(rows, {*begin_, row, row});
}

}  // namespace flyball
