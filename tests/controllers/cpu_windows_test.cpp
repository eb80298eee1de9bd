#include "controllers/cpu_windows.h"

#include <doctest/doctest.h>

#include <vector>

using namespace flyball;

namespace {

Telemetry at(double seconds, std::vector<CpuTelemetry> cpus) {
  Telemetry telemetry;
  telemetry.time_seconds = seconds;
  telemetry.cpus.refill(seconds) = std::move(cpus);
  return telemetry;
}

}  // namespace

TEST_CASE("a window is the difference of the cumulative times between two takes") {
  CpuWindows windows(std::vector<int>{1});
  REQUIRE(windows.take(at(10.0, {{true, 9.0, 9.0, 9.0}, {true, 1.0, 8.0, 1.0}})));
  CHECK_FALSE(windows.any_valid());  // there was no earlier reading
  REQUIRE(windows.take(at(12.0, {{true, 9.0, 9.0, 9.0}, {true, 1.5, 9.0, 1.25}})));
  REQUIRE(windows.windows().size() == 1);
  const CpuWindow window = windows.windows()[0];
  CHECK(window.valid);
  CHECK(window.busy_seconds == doctest::Approx(0.5));
  CHECK(window.idle_seconds == doctest::Approx(1.0));
  CHECK(window.iowait_seconds == doctest::Approx(0.25));
  CHECK(windows.wall_seconds() == doctest::Approx(2.0));
}

TEST_CASE("without CPU times the window stays open") {
  CpuWindows windows(std::vector<int>{0});
  REQUIRE(windows.take(at(1.0, {{true, 1.0, 0.0, 0.0}})));
  CHECK_FALSE(windows.take(Telemetry{}));
  REQUIRE(windows.take(at(3.0, {{true, 2.0, 1.0, 0.0}})));
  CHECK(windows.windows()[0].busy_seconds == doctest::Approx(1.0));
  CHECK(windows.wall_seconds() == doctest::Approx(2.0));
}

TEST_CASE("a CPU that was offline has its first window one take after it came back") {
  CpuWindows windows(std::vector<int>{0});
  REQUIRE(windows.take(at(1.0, {{true, 1.0, 0.0, 0.0}})));
  REQUIRE(windows.take(at(2.0, {{false, 1.0, 0.0, 0.0}})));
  CHECK_FALSE(windows.any_valid());
  REQUIRE(windows.take(at(3.0, {{true, 5.0, 0.0, 0.0}})));
  CHECK_FALSE(windows.any_valid());
  REQUIRE(windows.take(at(4.0, {{true, 5.5, 0.5, 0.0}})));
  CHECK(windows.windows()[0].busy_seconds == doctest::Approx(0.5));
}

TEST_CASE("a CPU that the telemetry does not list has no window") {
  CpuWindows windows(std::vector<int>{7});
  REQUIRE(windows.take(at(1.0, {{}})));
  REQUIRE(windows.take(at(2.0, {{}})));
  CHECK_FALSE(windows.windows()[0].valid);
}
