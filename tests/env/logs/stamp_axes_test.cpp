#include "env/logs/stamp_axes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

constexpr double kDay = 86400.0;
constexpr double kEndOfFebruary28 = (2 * 365 + 31 + 28) * kDay;  // of 1972

TegrastatsLog log_of(const std::vector<TimeStamp>& stamps) {
  TegrastatsLog log;
  for (const TimeStamp& stamp : stamps) {
    TegrastatsSample sample;
    sample.line = log.samples.size() + 1;
    sample.values.stamp = stamp;
    log.samples.push_back(sample);
  }
  return log;
}

TegrastatsLog log_at(const std::vector<double>& seconds, StampKind kind = StampKind::kUtc,
                     bool fine = false) {
  std::vector<TimeStamp> stamps;
  for (const double second : seconds) stamps.push_back({kind, second, fine});
  return log_of(stamps);
}

std::vector<double> stamps(const TegrastatsLog& log) {
  std::vector<double> seconds;
  for (const TegrastatsSample& sample : log.samples) {
    seconds.push_back(sample.values.stamp ? sample.values.stamp->seconds : -1.0);
  }
  return seconds;
}

using Begins = std::vector<std::size_t>;

}  // namespace

TEST_CASE("the usual step is told from lines in order, and what is longer than any run holds") {
  CHECK(stamp_steps(log_at({0.0, 1.0, 2.0, 3.0, 90.0, 91.0})).usual_seconds == 1.0);
  CHECK(stamp_steps(log_at({0.0, 1.0, 3.0, 2.0, 4.0})).usual_seconds == 1.0);
  CHECK(stamp_steps(log_at({0.0, 2.0, 1.0, 3.0})).usual_seconds == 1.0);
  CHECK(stamp_steps(log_at({0.0, 0.0, 1.0, 1.0, 2.0})).usual_seconds == 0.5);
  CHECK(stamp_steps(log_at({0.0, 1.0, 2.0})).longest_seconds == 5.0);
  CHECK(stamp_steps(log_at({0.0, 2.0, 4.0})).longest_seconds == 10.0);
  CHECK(stamp_steps(log_at({7.0})).usual_seconds == 0.0);
}

TEST_CASE("all dates of a log are read in the order that all can have") {
  TegrastatsLog log =
      log_of({*parse_time_stamp("12/01/2021 23:59:59"), *parse_time_stamp("13/01/2021 00:00:00"),
              *parse_time_stamp("13/01/2021 00:00:01")});
  CHECK(settle_stamps(log) == Begins{});
  CHECK(stamps(log) == std::vector{1610495999.0, 1610496000.0, 1610496001.0});
  CHECK(log.notes.empty());
}

TEST_CASE("a few stamps of another kind than the most are taken away, at the front as well") {
  const TimeStamp time_of_day{StampKind::kTimeOfDay, 180.0, false};
  const TimeStamp cut{StampKind::kRelative, 5810.0, true};
  std::vector<TimeStamp> stamps = {cut};
  for (int i = 0; i < 5; ++i) stamps.push_back({StampKind::kUtc, 1.7e9 + i, true});
  stamps.insert(stamps.begin() + 3, time_of_day);
  TegrastatsLog log = log_of(stamps);
  CHECK(settle_stamps(log) == Begins{});
  CHECK_FALSE(log.samples[0].values.stamp.has_value());
  CHECK_FALSE(log.samples[3].values.stamp.has_value());
  CHECK(log.samples[1].values.stamp->seconds == 1.7e9);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] ==
        "2 lines are stamped in another way than most, line 1 first: not used as times");
}

TEST_CASE("many stamps of another kind are an axis of their own, and the first kind goes on") {
  std::vector<TimeStamp> stamps;
  for (int i = 0; i < 4; ++i) stamps.push_back({StampKind::kLocal, 100.0 + i, false});
  for (int i = 0; i < 3; ++i) stamps.push_back({StampKind::kUtc, 1.7e9 + i, false});
  stamps.push_back({StampKind::kLocal, 110.0, false});
  TegrastatsLog log = log_of(stamps);
  CHECK(settle_stamps(log) == Begins{4, 7});
  CHECK(log.samples[4].values.stamp.has_value());
  REQUIRE(log.notes.size() == 2);
  CHECK(log.notes[0] == "line 5: from here on the stamps are of another kind: a new run");
}

TEST_CASE("a single stamp far from both its neighbours is taken away") {
  TegrastatsLog log = log_at({8.0, 9.0, 10.0, 11.0, 900.0, 13.0, 14.0, 2.0, 16.0, 17.0});
  CHECK(settle_stamps(log) == Begins{});
  CHECK(stamps(log) == std::vector{8.0, 9.0, 10.0, 11.0, -1.0, 13.0, 14.0, -1.0, 16.0, 17.0});
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] ==
        "2 lines are stamped far from those around, line 5 first: not used as times");
  // A head that was cut: 611705810 of 1611705810.
  TegrastatsLog cut = log_at({6.1e8, 1.6e9, 1.6e9 + 1.0, 1.6e9 + 2.0});
  settle_stamps(cut);
  CHECK_FALSE(cut.samples[0].values.stamp.has_value());
  TegrastatsLog end = log_at({1.6e9, 1.6e9 + 1.0, 1.6e9 + 2.0, 1.7e9});
  settle_stamps(end);
  CHECK_FALSE(end.samples[3].values.stamp.has_value());
  // Nor is a step that all lines are apart, however long.
  TegrastatsLog slow = log_at({1.0e9, 1.0e9 + 5e5, 1.0e9 + 1e6, 1.0e9 + 1.5e6});
  settle_stamps(slow);
  CHECK(slow.notes.empty());
  // A pause is none.
  TegrastatsLog pause = log_at({0.0, 1.0, 2.0, 600.0, 1200.0, 1201.0});
  settle_stamps(pause);
  CHECK(pause.notes.empty());
}

TEST_CASE("the end of February is no gap where no line is of the 29th") {
  const double end = kEndOfFebruary28;
  TegrastatsLog common =
      log_at({end - 2.0, end - 1.0, end + kDay, end + kDay + 1.0}, StampKind::kYearless);
  CHECK(settle_stamps(common) == Begins{});
  CHECK(stamps(common) == std::vector{end - 2.0, end - 1.0, end, end + 1.0});
  TegrastatsLog leap = log_at({end - 1.0, end, end + 1.0, end + kDay}, StampKind::kYearless);
  settle_stamps(leap);
  CHECK(stamps(leap) == std::vector{end - 1.0, end, end + 1.0, end + kDay});
  // Dates with a year tell themselves.
  TegrastatsLog dated = log_at({end - 1.0, end + kDay}, StampKind::kLocal);
  settle_stamps(dated);
  CHECK(stamps(dated) == std::vector{end - 1.0, end + kDay});
}

TEST_CASE("a clock that was set back by little is told from lines out of order") {
  for (const double step : {0.1, 0.2, 0.5, 1.0, 2.0}) {
    for (const double back : {1.0, 2.0, 3.0, 4.5, 30.0}) {
      if (back < 1.5 * step) continue;
      CAPTURE(step);
      CAPTURE(back);
      std::vector<double> seconds;
      for (int i = 0; i < 200; ++i) seconds.push_back(100.0 + i * step - (i < 100 ? 0.0 : back));
      TegrastatsLog log = log_at(seconds, StampKind::kUtc, true);
      CHECK(settle_stamps(log) == Begins{100});
      CHECK(stamps(log) == seconds);
      REQUIRE(log.notes.size() == 1);
      CHECK(log.notes[0].find("line 101: the stamps go back by") == 0);
    }
  }
  for (const double step : {0.1, 0.5, 1.0}) {  // whole seconds
    CAPTURE(step);
    std::vector<double> seconds;
    for (int i = 0; i < 200; ++i) {
      seconds.push_back(std::floor(100.0 + i * step + 1e-9) - (i < 100 ? 0.0 : 3.0));
    }
    TegrastatsLog log = log_at(seconds);
    CHECK(settle_stamps(log) == Begins{100});
  }
}

TEST_CASE("single lines out of order are sorted, late ones and early ones") {
  TegrastatsLog late = log_at({0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 3.0, 7.0, 8.0});
  CHECK(settle_stamps(late) == Begins{});
  CHECK(stamps(late) == std::vector{0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0});
  CHECK(late.samples[3].line == 7);
  CHECK(late.notes[0] == "1 line stands out of the order of the stamps, line 7 first: sorted");
  TegrastatsLog early = log_at({0.0, 1.0, 4.0, 2.0, 3.0, 5.0, 6.0}, StampKind::kUtc, true);
  CHECK(settle_stamps(early) == Begins{});
  CHECK(early.samples[4].line == 3);
  TegrastatsLog last = log_at({0.0, 1.0, 3.0, 2.0});
  CHECK(settle_stamps(last) == Begins{});
  CHECK(last.samples[2].line == 4);
}

TEST_CASE("a line without a stamp keeps its place where others are sorted") {
  TegrastatsLog log = log_at({0.0, 1.0, 3.0, 0.0, 2.0, 4.0, 5.0});
  log.samples[3].values.stamp.reset();
  CHECK(settle_stamps(log) == Begins{});
  CHECK(stamps(log) == std::vector{0.0, 1.0, 2.0, -1.0, 3.0, 4.0, 5.0});
}

TEST_CASE("stamps that go back all the time are told in few notes") {
  std::vector<double> seconds;
  for (int i = 0; i < 60; ++i) seconds.push_back(100.0 * (i % 6));
  TegrastatsLog log = log_at(seconds);
  CHECK(settle_stamps(log).size() == 9);
  REQUIRE(log.notes.size() == 4);
  CHECK(log.notes[3] == "the stamps go back 9 times in all");
}
