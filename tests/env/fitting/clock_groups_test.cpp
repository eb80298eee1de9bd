#include "env/fitting/clock_groups.h"

#include <doctest/doctest.h>

#include "tests/env/fitting/simulated_log.h"

using namespace flyball;
using doctest::Approx;

TEST_CASE("rows under pinned clocks fall into groups by the clock, the residents' into none") {
  const TelemetryLog log =
      simulated_log(100.0, {Level{2}, std::nullopt, Level{0}, Level{1}, Level{0}});
  const std::vector<ClockGroups> groups = clock_groups(log.header, log.rows);
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].knob == "gpu");
  std::size_t count = 0;
  Level before = 0;
  for (const std::vector<std::size_t>& rows : groups[0].rows) {
    for (const std::size_t row : rows) {
      REQUIRE(log.rows[row].setting);
      const Level level = (*log.rows[row].setting)[0].floor;
      CHECK(level >= before);
      before = level;
      ++count;
    }
  }
  CHECK(count == 4 * 80 - 1);  // the last row has no next
}

TEST_CASE("a knob that nobody turned, or only to one level, has no groups") {
  const TelemetryLog stock = simulated_log(50.0);
  CHECK(clock_groups(stock.header, stock.rows).empty());
  const TelemetryLog pinned = simulated_log(50.0, {Level{1}});
  CHECK(clock_groups(pinned.header, pinned.rows).empty());
}

TEST_CASE("a group's figures are sums from its rows to the next ones") {
  std::vector<LogSample> samples(4);
  for (std::size_t i = 0; i < 4; ++i) {
    samples[i].time_seconds = static_cast<double>(i);
    samples[i].watts = 2.0 * static_cast<double>(i);
    samples[i].in_system_seconds = 0.5 * static_cast<double>(i);
    samples[i].gpu_busy_seconds = 0.25 * static_cast<double>(i);
  }
  const std::vector<std::size_t> rows = {0, 2};
  GroupFigures figures = figures_of(samples, rows);
  CHECK(figures.seconds == Approx(2.0));
  CHECK(figures.joules == Approx(1.0 + 5.0));
  CHECK(figures.in_system_seconds == Approx(1.0));
  CHECK(figures.gpu_busy_seconds == Approx(0.5));
  samples[3].watts.reset();
  CHECK(figures_of(samples, rows).joules == Approx(1.0));
  figures += figures;
  CHECK(figures.seconds == Approx(4.0));
  CHECK(figures.joules == Approx(12.0));
}
