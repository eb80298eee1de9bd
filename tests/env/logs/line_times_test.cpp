#include "env/logs/line_times.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

// The lines of a log: each with its stamp, without one, or failed (no sample).
struct Lines {
  explicit Lines(StampKind stamp_kind = StampKind::kUtc, bool fine = false)
      : kind(stamp_kind), has_fraction(fine) {}

  Lines& stamped(double seconds) { return add(TimeStamp{kind, seconds, has_fraction}); }
  Lines& unstamped() { return add(std::nullopt); }
  Lines& failed() {
    slots.push_back({});
    return *this;
  }
  Lines& add(std::optional<TimeStamp> stamp) {
    TegrastatsSample sample;
    sample.line = slots.size() + 1;
    sample.values.stamp = stamp;
    slots.push_back({log.samples.size()});
    log.samples.push_back(sample);
    return *this;
  }

  TegrastatsLog placed(const TegrastatsOptions& options = {}) const {
    TegrastatsLog result = log;
    place_lines(slots, "board.log", options, result);
    return result;
  }

  StampKind kind;
  bool has_fraction;
  std::vector<Slot> slots;
  TegrastatsLog log;
};

Lines lines_at(const std::vector<double>& seconds, StampKind kind = StampKind::kUtc,
               bool fine = false) {
  Lines lines(kind, fine);
  for (const double second : seconds) lines.stamped(second);
  return lines;
}

std::vector<double> times(const TegrastatsLog& log) {
  std::vector<double> seconds;
  for (const TegrastatsSample& sample : log.samples) seconds.push_back(sample.time_seconds);
  return seconds;
}

// Indices of the samples that end a run.
std::vector<std::size_t> run_ends(const TegrastatsLog& log) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < log.samples.size(); ++i) {
    if (log.samples[i].last_of_run) ends.push_back(i);
  }
  return ends;
}

}  // namespace

TEST_CASE("without stamps lines are an interval apart, and a failed one keeps its place") {
  const TegrastatsLog log =
      Lines().unstamped().failed().unstamped().unstamped().placed({0.5, std::nullopt});
  CHECK(times(log) == std::vector{0.0, 1.0, 1.5});
  CHECK(log.interval_seconds == 0.5);
  CHECK(run_ends(log) == std::vector<std::size_t>{2});
  CHECK_FALSE(log.first_stamp.has_value());
}

TEST_CASE("lines whose length nothing tells are refused with the option that tells it") {
  CHECK(error_text([] { Lines().unstamped().unstamped().placed(); }) ==
        "board.log: its lines carry no time: give the interval that tegrastats ran with "
        "(--interval)");
  const std::string one =
      "board.log: fewer than two different stamps: no line has a length (--interval tells it, as "
      "in 1s)";
  CHECK(error_text([] { lines_at({7.0}).placed(); }) == one);
  CHECK(error_text([] { lines_at({7.0, 7.0, 7.0}).placed(); }) == one);
  CHECK_THROWS_AS(lines_at({7.0}).placed(), std::invalid_argument);
}

TEST_CASE("an interval that no line can have is refused, with stamps and without") {
  for (const double seconds : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CAPTURE(seconds);
    const TegrastatsOptions options = {seconds, std::nullopt};
    CHECK(error_text([&] { Lines().unstamped().placed(options); }) == "interval: must be > 0");
    CHECK(error_text([&] { lines_at({7.0}).placed(options); }) == "interval: must be > 0");
  }
}

TEST_CASE("an interval stands in where stamps do not differ, and is not used where they do") {
  const TegrastatsLog one = lines_at({7.0, 7.0, 7.0}).placed({0.25, std::nullopt});
  CHECK(times(one) == std::vector{0.0, 0.25, 0.5});
  CHECK(one.interval_seconds == 0.25);
  const TegrastatsLog two = lines_at({7.0, 9.0}).placed({0.25, std::nullopt});
  CHECK(times(two) == std::vector{0.0, 2.0});
  CHECK(two.interval_seconds == 2.0);
}

TEST_CASE("an interval that the stamps contradict is told") {
  const TegrastatsLog log = lines_at({7.0, 8.0, 9.0}).placed({0.2, std::nullopt});
  CHECK(log.interval_seconds == 1.0);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] ==
        "the stamps are 1 s apart and not 0.2 s (--interval): the stamps are taken; where they are "
        "no times, cut them off");
  CHECK(lines_at({7.0, 8.0, 9.0}).placed({5.0, std::nullopt}).notes.size() == 1);
  CHECK(lines_at({7.0, 8.0, 9.0}).placed({1.4, std::nullopt}).notes.empty());
}

TEST_CASE("whole seconds are spread evenly between the first and the last stamp of a run") {
  const TegrastatsLog log = lines_at({10.0, 10.0, 10.0, 11.0, 11.0, 12.0, 13.0}).placed();
  REQUIRE(log.samples.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(log.samples[i].time_seconds == Approx(0.5 * static_cast<double>(i)));
  }
  CHECK(log.interval_seconds == Approx(0.5));
  REQUIRE(log.first_stamp.has_value());
  CHECK(log.first_stamp->seconds == 10.0);
  CHECK_FALSE(log.first_stamp->has_fraction);
}

TEST_CASE("failed lines around the stamped ones stretch nothing") {
  const TegrastatsLog log =
      Lines().failed().stamped(10.0).failed().stamped(14.0).failed().failed().placed();
  CHECK(times(log) == std::vector{0.0, 4.0});
  CHECK(log.interval_seconds == 2.0);
  CHECK(run_ends(log) == std::vector<std::size_t>{1});
}

TEST_CASE("time counts from the first line, which may lie before the first stamp") {
  for (const bool fine : {false, true}) {
    CAPTURE(fine);
    const TegrastatsLog log =
        Lines(StampKind::kUtc, fine).unstamped().stamped(20.0).stamped(21.0).stamped(22.0).placed();
    CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 3.0});
    CHECK(log.first_stamp->seconds == 19.0);
  }
}

TEST_CASE("runs whose lines are unlike in length each begin at their own stamp") {
  const TegrastatsLog log = lines_at({0.0, 2.0, 4.0, 6.0, 100.0, 101.0, 102.0, 103.0}).placed();
  CHECK(times(log) == std::vector{0.0, 2.0, 4.0, 6.0, 100.0, 101.0, 102.0, 103.0});
  CHECK(log.interval_seconds == 1.5);
  CHECK(run_ends(log) == std::vector<std::size_t>{3, 7});
}

TEST_CASE("a run ends where stamps jump by more than five seconds and five usual intervals") {
  CHECK(run_ends(lines_at({0.0, 1.0, 6.0, 7.0}).placed()) == std::vector<std::size_t>{3});
  CHECK(run_ends(lines_at({0.0, 1.0, 7.0, 8.0}).placed()) == std::vector<std::size_t>{1, 3});
  CHECK(run_ends(lines_at({0.0, 2.0, 4.0, 14.0, 16.0}).placed()) == std::vector<std::size_t>{4});
  CHECK(run_ends(lines_at({0.0, 2.0, 4.0, 15.0, 17.0}).placed()) == std::vector<std::size_t>{2, 4});
}

TEST_CASE("a run of a single line is as long as the others' lines are") {
  const TegrastatsLog log = lines_at({0.0, 1.0, 2.0, 60.0}).placed();
  CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 60.0});
  CHECK(log.interval_seconds == 1.0);
  CHECK(run_ends(log) == std::vector<std::size_t>{2, 3});
}

TEST_CASE("fine stamps are taken as they are, and the same stamp twice is a little later") {
  const TegrastatsLog log =
      lines_at({5.25, 5.25, 5.25, 6.5, 6.75}, StampKind::kRelative, true).placed();
  REQUIRE(log.samples.size() == 5);
  CHECK(log.samples[0].time_seconds == 0.0);
  CHECK(log.samples[1].time_seconds == Approx(0.001));
  CHECK(log.samples[2].time_seconds == Approx(0.002));
  CHECK(log.samples[3].time_seconds == 1.25);
  CHECK(log.samples[4].time_seconds == 1.5);
  CHECK(log.first_stamp->kind == StampKind::kRelative);
}

TEST_CASE("the log's first stamp is fine where any of its stamps is") {
  const TegrastatsLog log = Lines()
                                .add(TimeStamp{StampKind::kUtc, 5.0, false})
                                .add(TimeStamp{StampKind::kUtc, 5.5, true})
                                .placed();
  CHECK(log.first_stamp->seconds == 5.0);
  CHECK(log.first_stamp->has_fraction);
  CHECK(times(log) == std::vector{0.0, 0.5});
}

TEST_CASE("single stamps of another kind than most count as none") {
  const TegrastatsLog log = Lines()
                                .stamped(100.0)
                                .add(TimeStamp{StampKind::kTimeOfDay, 5000.0, false})
                                .stamped(102.0)
                                .placed();
  CHECK(times(log) == std::vector{0.0, 1.0, 2.0});
  CHECK(run_ends(log) == std::vector<std::size_t>{2});
  CHECK_FALSE(log.samples[1].values.stamp.has_value());
}

TEST_CASE("times of day go on over midnight, and days without a year over New Year") {
  const TegrastatsLog night =
      lines_at({86398.0, 86399.0, 0.0, 1.0}, StampKind::kTimeOfDay).placed();
  CHECK(times(night) == std::vector{0.0, 1.0, 2.0, 3.0});
  CHECK(run_ends(night) == std::vector<std::size_t>{3});
  const double year = 366 * 86400.0;  // of 1972
  const TegrastatsLog eve = lines_at({year - 2.0, year - 1.0, 0.0}, StampKind::kYearless).placed();
  CHECK(times(eve) == std::vector{0.0, 1.0, 2.0});
  CHECK(eve.notes.empty());
}

TEST_CASE("lines a little out of order are sorted and counted, with the first of them") {
  const TegrastatsLog log = lines_at({0.0, 2.0, 1.0, 4.0, 3.0, 5.0}).placed();
  CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
  CHECK(log.samples[1].line == 3);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] == "2 lines stand out of the order of the stamps, line 3 first: sorted");
}

TEST_CASE("a clock that was set back begins a run that follows the one before, and is noted") {
  const TegrastatsLog log = lines_at({100.0, 101.0, 102.0, 50.0, 51.0}).placed();
  CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 3.0, 4.0});
  CHECK(run_ends(log) == std::vector<std::size_t>{2, 4});
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] == "line 4: the stamps go back by 52 s: the time goes on there, in a new run");
}

TEST_CASE("a run after a clock was set back keeps its own pace, with fine stamps as well") {
  for (const bool fine : {false, true}) {
    CAPTURE(fine);
    const TegrastatsLog log =
        lines_at({100.5, 101.5, 102.5, 20.5, 21.5, 22.5}, StampKind::kUtc, fine).placed();
    CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
    CHECK(run_ends(log) == std::vector<std::size_t>{2, 5});
    CHECK(log.first_stamp->seconds == 100.5);
  }
  const TegrastatsLog gap =
      lines_at({100.0, 101.0, 50.0, 51.0, 81.0, 82.0}, StampKind::kUtc, true).placed();
  CHECK(times(gap) == std::vector{0.0, 1.0, 2.0, 3.0, 33.0, 34.0});
}

TEST_CASE("the log's first stamp is of the clock that most lines follow") {
  const TegrastatsLog log = lines_at({5000.0, 5001.0, 100.0, 101.0, 102.0, 103.0}).placed();
  CHECK(times(log) == std::vector{0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
  CHECK(log.first_stamp->seconds == 98.0);
}

TEST_CASE("stamps of two kinds are runs of their own, each at its own pace") {
  Lines lines(StampKind::kLocal);
  for (int i = 0; i < 10; ++i) lines.stamped(i);
  for (int i = 0; i < 10; ++i) lines.add(TimeStamp{StampKind::kUtc, 1.7e9 + 0.125 * i, true});
  for (int i = 0; i < 10; ++i) lines.stamped(60.0 + i);
  const TegrastatsLog log = lines.placed();
  CHECK(run_ends(log) == std::vector<std::size_t>{9, 19, 29});
  CHECK(log.samples[9].time_seconds == 9.0);
  CHECK(log.samples[10].time_seconds == Approx(9.0 + log.interval_seconds));
  CHECK(log.samples[19].time_seconds == Approx(log.samples[10].time_seconds + 9 * 0.125));
  CHECK(log.samples[20].time_seconds == 60.0);
  CHECK(log.first_stamp->kind == StampKind::kLocal);
}

TEST_CASE(
    "lines without a stamp stand an interval apart beside those that have one, and are told") {
  const TegrastatsLog log = Lines(StampKind::kUtc, true)
                                .unstamped()
                                .unstamped()
                                .stamped(10.0)
                                .unstamped()
                                .stamped(12.5)
                                .unstamped()
                                .placed();
  CHECK(times(log) == std::vector{0.0, 1.25, 2.5, 3.75, 5.0, 6.25});
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] ==
        "4 of 6 lines carry no stamp, line 1 first: placed an interval apart beside those that do");
  // Before a gap they never overtake the run after it.
  Lines pause;
  pause.stamped(0.0).stamped(1.0);
  for (int i = 0; i < 20; ++i) pause.unstamped();
  const TegrastatsLog crowded = pause.stamped(11.5).stamped(12.5).placed();
  CHECK(crowded.samples[12].time_seconds == Approx(6.5));
  CHECK(crowded.samples[22].time_seconds == 11.5);
}

TEST_CASE("a start that was told stands for the first stamp, and moves no line") {
  const TegrastatsLog log = lines_at({10.0, 11.0}, StampKind::kTimeOfDay).placed({{}, 1.7e9});
  CHECK(times(log) == std::vector{0.0, 1.0});
  CHECK(log.first_stamp->kind == StampKind::kUtc);
  CHECK(log.first_stamp->seconds == 1.7e9);
  CHECK(log.first_stamp->has_fraction);
  CHECK(Lines().unstamped().placed({1.0, 1.7e9}).first_stamp->seconds == 1.7e9);
}
