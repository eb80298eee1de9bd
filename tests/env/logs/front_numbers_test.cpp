#include "env/logs/front_numbers.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace flyball;
using doctest::Approx;

namespace {

TegrastatsLog log_of(const std::vector<double>& numbers, bool fine = false,
                     StampKind kind = StampKind::kRelative) {
  TegrastatsLog log;
  for (const double number : numbers) {
    TegrastatsSample sample;
    sample.line = log.samples.size() + 1;
    sample.values.stamp = TimeStamp{kind, number, fine};
    log.samples.push_back(sample);
  }
  return log;
}

// What is left of the stamps; none where they were line numbers.
std::vector<double> settled(TegrastatsLog log, std::optional<double> interval = std::nullopt) {
  settle_front_numbers(log, {interval, std::nullopt});
  std::vector<double> seconds;
  for (const TegrastatsSample& sample : log.samples) {
    if (sample.values.stamp) seconds.push_back(sample.values.stamp->seconds);
  }
  return seconds;
}

using Seconds = std::vector<double>;

}  // namespace

TEST_CASE("numbers of the file's lines are no stamps, and it is said") {
  TegrastatsLog log = log_of({1.0, 2.0, 3.0});
  settle_front_numbers(log, {});
  CHECK_FALSE(log.samples[1].values.stamp.has_value());
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] == "the numbers in front are those of the lines: not used as times");
  TegrastatsLog later = log_of({3.0, 4.0, 5.0});  // after two lines that are none of tegrastats'
  for (TegrastatsSample& sample : later.samples) sample.line += 2;
  CHECK(settled(later).empty());
  for (TegrastatsSample& sample : later.samples) sample.values.stamp->seconds -= 2.0;  // from 1
  CHECK(settled(later).empty());
}

TEST_CASE("numbers that rise by one are line numbers where an interval is known, else seconds") {
  CHECK(settled(log_of({17.0, 18.0, 19.0}), 0.2).empty());
  CHECK(settled(log_of({17.0, 18.0, 19.0})) == Seconds{17.0, 18.0, 19.0});
  CHECK(settled(log_of({0.0, 1.0, 2.0})) == Seconds{0.0, 1.0, 2.0});
  CHECK(settled(log_of({1.0, 2.0, 4.0})) == Seconds{1.0, 2.0, 4.0});
  CHECK(settled(log_of({1.0, 2.0, 3.0}, true)) == Seconds{1.0, 2.0, 3.0});
  CHECK(settled(log_of({1.0, 2.0, 3.0}, false, StampKind::kUtc)) == Seconds{1.0, 2.0, 3.0});
  CHECK(settled(log_of({1.0})) == Seconds{1.0});
}

TEST_CASE("the time since the line before is added up, and it is said") {
  TegrastatsLog log = log_of({0.5, 0.503, 0.501, 0.504, 0.5, 0.502}, true);
  settle_front_numbers(log, {});
  CHECK(log.samples[0].values.stamp->seconds == Approx(0.5));
  CHECK(log.samples[5].values.stamp->seconds == Approx(3.01));
  CHECK(log.samples[5].values.stamp->has_fraction);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0] ==
        "the times in front do not go on: each is taken for the time since the line before");
  CHECK(settled(log_of({0.5, 0.5, 0.5}, true), 0.2) == Seconds{0.5, 1.0, 1.5});
  TegrastatsLog clock = log_of({1.0, 1.0, 0.0, 1.0, 2.0, 0.0, 1.0}, false, StampKind::kTimeOfDay);
  settle_front_numbers(clock, {});
  CHECK(clock.samples[6].values.stamp->seconds == 6.0);
  CHECK(clock.samples[6].values.stamp->kind == StampKind::kRelative);
}

TEST_CASE("times that go on are left as they are, in disorder and in several runs as well") {
  const Seconds shuffled = {0.0, 2.0, 1.0, 4.0, 3.0, 6.0, 5.0, 8.0};
  CHECK(settled(log_of(shuffled, true)) == shuffled);
  const Seconds runs = {0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 3.5};
  CHECK(settled(log_of(runs, true)) == runs);
  const Seconds buffered = {4.0, 4.0, 4.0, 8.0, 8.0, 8.0};
  CHECK(settled(log_of(buffered, true)) == buffered);
  const Seconds same = {200.0, 200.0, 200.0};  // one second of the day
  CHECK(settled(log_of(same, false, StampKind::kTimeOfDay)) == same);
  CHECK(settled(log_of({7.0, 7.0, 7.0}), 0.2) == Seconds{7.0, 7.0, 7.0});
}
