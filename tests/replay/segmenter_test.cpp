#include "replay/segmenter.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

namespace {

constexpr double kPeriod = 0.25;

// Rows of a setting each; none: the residents decide.
std::vector<TelemetryRow> rows_of(const std::vector<std::optional<Level>>& levels) {
  std::vector<TelemetryRow> rows(levels.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].telemetry.time_seconds = kPeriod * static_cast<double>(i);
    rows[i].period_seconds = kPeriod;
    if (!levels[i]) continue;
    rows[i].setting = Setting::pinned(std::vector<Level>{*levels[i]});
    rows[i].decided_by = DecidedBy::kPolicy;
  }
  return rows;
}

// All spans of the rows, one segment, where a span may end after `least` rows.
std::vector<EndedSpan> spans_of(const std::vector<TelemetryRow>& rows, std::size_t least = 1) {
  Segmenter segmenter(
      1.0, [&](const RowWindow&, const RowSpan& span) { return span.end - span.begin >= least; });
  std::vector<EndedSpan> spans;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const EndedSpan& span : segmenter.add({rows, 0}, row, row + 1 == rows.size())) {
      spans.push_back(span);
    }
  }
  return spans;
}

}  // namespace

TEST_CASE("a span ends where the setting changes, decided or not") {
  const auto spans = spans_of(rows_of({0, 0, 0, 1, 1, 1}));
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].rows.begin == 0);
  CHECK(spans[0].rows.end == 3);
  CHECK(spans[0].rows.last == 3);
  CHECK_FALSE(spans[0].ends_segment);
  CHECK(spans[1].rows.end == 5);  // the last row only tells how it ended
  CHECK(spans[1].ends_segment);
}

TEST_CASE("a decision for the same setting ends a span once it may end") {
  std::vector<TelemetryRow> rows = rows_of(std::vector<std::optional<Level>>(12, Level{1}));
  for (std::size_t row = 0; row < rows.size(); row += 2) rows[row].decided = true;
  CHECK(spans_of(rows, 2).size() == 6);
  const auto spans = spans_of(rows, 3);
  REQUIRE(spans.size() == 3);
  CHECK(spans[0].rows.end == 4);
  CHECK(spans[1].rows.end == 8);
}

TEST_CASE("while residents decide a span lasts a period") {
  const auto spans = spans_of(rows_of(std::vector<std::optional<Level>>(10)));
  REQUIRE(spans.size() == 3);
  CHECK(spans[0].rows.end == 4);
  CHECK(spans[1].rows.end == 8);
  CHECK(spans[2].rows.end == 9);
}

TEST_CASE("the row with which the work ends belongs to the last span") {
  std::vector<TelemetryRow> rows = rows_of({0, 0, 0});
  rows.back().terminated = true;
  const auto spans = spans_of(rows);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].rows.end == 3);
  CHECK(spans[0].rows.last == 2);
  CHECK(spans[0].terminated);
  // Where the setting changed with it, it is a span of its own.
  std::vector<TelemetryRow> changed = rows_of({0, 0, 1});
  changed.back().terminated = true;
  REQUIRE(spans_of(changed).size() == 2);
  CHECK_FALSE(spans_of(changed)[0].terminated);
  CHECK(spans_of(changed)[1].rows.begin == 2);
}

TEST_CASE("a gap, a step back, a change of mode and a mark cut the log") {
  std::vector<TelemetryRow> rows = rows_of({0, 0});
  CHECK(cut_between(rows[0], rows[1], 1.5) == Cut::kNone);
  rows[1].telemetry.time_seconds = 0.4;
  CHECK(cut_between(rows[0], rows[1], 1.5) == Cut::kGap);
  CHECK(cut_between(rows[1], rows[0], 1.5) == Cut::kGap);
  rows[1].telemetry.time_seconds = kPeriod;
  rows[1].mode = 3;
  CHECK(cut_between(rows[0], rows[1], 1.5) == Cut::kModeChange);
  rows[0].truncated = true;
  CHECK(cut_between(rows[0], rows[1], 1.5) == Cut::kEnd);
}

TEST_CASE("a row that nothing follows is no span") { CHECK(spans_of(rows_of({0})).empty()); }
