#include "env/logs/clock_offset.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

using namespace flyball;

namespace {

constexpr double kFirst = 1.7e9;   // of the board's first line
constexpr double kAhead = 2.5;     // the request log's clock is ahead by this
constexpr double kSamples = 1200;  // of 0.1 s

// One request is in service for 3 s out of 7.3, so that no other shift fits as well.
std::vector<LoggedRequest> requests() {
  std::vector<LoggedRequest> result;
  for (double at = 5.0; at < 110.0; at += 7.3) {
    LoggedRequest request;
    request.arrival_seconds = kFirst + at + kAhead;
    request.completion_seconds = request.arrival_seconds + 3.0;
    result.push_back(request);
  }
  return result;
}

bool is_busy(double seconds) {
  const double phase = std::fmod(seconds - 5.0 + 7.3, 7.3);
  return seconds >= 5.0 && phase < 3.0;
}

// The board at work: 10 W while it serves, otherwise 2 W.
TegrastatsLog board() {
  TegrastatsLog log;
  log.interval_seconds = 0.1;
  log.first_stamp = TimeStamp{StampKind::kUtc, kFirst, true};
  for (int i = 0; i < kSamples; ++i) {
    TegrastatsSample sample;
    sample.time_seconds = 0.1 * i;
    const double watts = is_busy(sample.time_seconds) ? 8.0 : 1.0;
    sample.values.rails = {{"GPU", watts, watts, {}}, {"CPU", 1.0, 1.0, {}}};
    log.samples.push_back(sample);
  }
  return log;
}

}  // namespace

TEST_CASE("the request clock's offset is found from the power that follows the requests") {
  const ClockOffset offset = estimate_clock_offset(board(), requests(), {}, {});
  CHECK_FALSE(offset.is_assumed);
  // The sensor lags behind by less than half a second.
  CHECK(offset.request_offset_seconds == doctest::Approx(kAhead).epsilon(0.2));
  CHECK(offset.correlation > 0.7);
  CHECK(offset.utc_offset_hours == 0.0);
}

TEST_CASE("lines that lack a rail say nothing of the power: they are not lines of less power") {
  TegrastatsLog log = board();
  const ClockOffset whole = estimate_clock_offset(log, requests(), {}, {});
  for (TegrastatsSample& sample : log.samples) {
    if (is_busy(sample.time_seconds) && std::fmod(sample.time_seconds, 1.0) < 0.45) {
      sample.values.rails.clear();
    }
  }
  const ClockOffset holes = estimate_clock_offset(log, requests(), {}, {});
  CHECK(holes.correlation > 0.9 * whole.correlation);
  CHECK(holes.request_offset_seconds == doctest::Approx(whole.request_offset_seconds).epsilon(0.1));
}

TEST_CASE("without any power the load alone tells") {
  TegrastatsLog log = board();
  for (TegrastatsSample& sample : log.samples) {
    sample.values.rails.clear();
    TegrastatsEngine gpu;
    gpu.name = "GR3D_FREQ";
    gpu.load = is_busy(sample.time_seconds) ? 0.9 : 0.0;
    sample.values.engines = {gpu};
  }
  const ClockOffset offset = estimate_clock_offset(log, requests(), {}, {});
  CHECK(offset.request_offset_seconds == doctest::Approx(kAhead).epsilon(0.1));
  CHECK(offset.correlation > 0.9);
}

TEST_CASE("a board that does not follow the requests leaves the offset assumed") {
  TegrastatsLog log = board();
  for (TegrastatsSample& sample : log.samples) sample.values.rails[0].now_watts = 5.0;
  const ClockOffset offset = estimate_clock_offset(log, requests(), {}, {});
  CHECK(offset.is_assumed);
  CHECK(offset.request_offset_seconds == 0.0);
}

TEST_CASE("a given request offset is taken off before it is asked who arrived meanwhile") {
  std::vector<LoggedRequest> ahead = requests();
  for (LoggedRequest& request : ahead) {
    request.arrival_seconds += 10'000.0;
    request.completion_seconds += 10'000.0;
  }
  CHECK(estimate_clock_offset(board(), ahead, 0.0, 10'000.0).request_offset_seconds == 10'000.0);
  CHECK_THROWS_WITH_AS(estimate_clock_offset(board(), requests(), 0.0, 10'000.0),
                       doctest::Contains("10000 s ahead (--request-offset): do the logs belong"),
                       std::invalid_argument);
}

TEST_CASE("stamps without a date are of the day whose requests the board follows") {
  // The same hours on three days, at other moments each; the board was logged on the third.
  std::vector<LoggedRequest> three;
  for (const int days : {-2, -1, 0}) {
    for (LoggedRequest request : requests()) {
      request.arrival_seconds += 86400.0 * days + 13.1 * days;
      request.completion_seconds += 86400.0 * days + 13.1 * days;
      three.push_back(request);
    }
  }
  TegrastatsLog log = board();
  log.first_stamp = TimeStamp{StampKind::kTimeOfDay, std::fmod(kFirst, 86400.0), true};
  const double midnight = kFirst - std::fmod(kFirst, 86400.0);
  for (const std::optional<double> utc : {std::optional<double>(0.0), std::optional<double>()}) {
    const ClockOffset offset = estimate_clock_offset(log, three, utc, {});
    CHECK(offset.first_seconds == doctest::Approx(kFirst).epsilon(1e-12));
    CHECK(offset.day_seconds == midnight);
    CHECK_FALSE(offset.day_is_assumed);
  }
  for (TegrastatsSample& sample : log.samples) sample.values.rails[0].now_watts = 5.0;
  CHECK(estimate_clock_offset(log, three, 0.0, {}).day_is_assumed);
}

TEST_CASE("one stray request days or years before the others decides no date") {
  std::vector<LoggedRequest> stray = requests();
  stray.insert(stray.begin(), stray.front());
  TegrastatsLog log = board();
  log.first_stamp = TimeStamp{StampKind::kTimeOfDay, std::fmod(kFirst, 86400.0), true};
  stray.front().arrival_seconds -= 5 * 86400.0;
  stray.front().completion_seconds -= 5 * 86400.0;
  const ClockOffset offset = estimate_clock_offset(log, stray, 0.0, {});
  CHECK(offset.first_seconds == doctest::Approx(kFirst).epsilon(1e-12));
  // 1.7e9 is 2023-11-14; of 1972 that is day 318.
  log.first_stamp =
      TimeStamp{StampKind::kYearless, (2 * 365 + 318) * 86400.0 + std::fmod(kFirst, 86400.0), true};
  stray.front().arrival_seconds = 1.5e9;
  stray.front().completion_seconds = 1.5e9 + 1.0;
  CHECK(estimate_clock_offset(log, stray, 0.0, {}).first_seconds ==
        doctest::Approx(kFirst).epsilon(1e-12));
}

TEST_CASE("what is given is kept, and logs of other days are refused") {
  CHECK(estimate_clock_offset(board(), requests(), {}, 1.25).request_offset_seconds == 1.25);
  std::vector<LoggedRequest> later = requests();
  for (LoggedRequest& request : later) {
    request.arrival_seconds += 86400.0 * 30;
    request.completion_seconds += 86400.0 * 30;
  }
  CHECK_THROWS_WITH_AS(estimate_clock_offset(board(), later, {}, {}),
                       doctest::Contains("no request arrives while the board was logged"),
                       std::invalid_argument);
}
