#include "controllers/slice_watch.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

struct Slice {
  explicit Slice(SliceLimit limit) : watch(limit) {
    application.served = 1000;
    application.missed = 50;
    application.in_system_seconds = 70.0;
    telemetry.application.refill(0.0) = application;
    watch.begin(telemetry);
  }
  SliceFigures after(double seconds) {
    telemetry.application.refill(seconds) = application;
    return watch.look(telemetry);
  }

  ApplicationTelemetry application;
  Telemetry telemetry;
  SliceWatch watch;
};

}  // namespace

TEST_CASE("the mean latency of a slice is held against its limit") {
  Slice slice({.latency_seconds = 0.1, .miss_share = 0.01});
  slice.application.served += 10;
  slice.application.in_system_seconds += 0.8;
  const SliceFigures figures = slice.after(1.0);
  CHECK(figures.used == doctest::Approx(0.8));
  CHECK(!figures.violated);
  slice.application.in_system_seconds += 0.3;
  CHECK(slice.after(1.0).used == doctest::Approx(1.1));
  CHECK(slice.after(1.0).violated);
}

TEST_CASE("where none is served although some wait, the time since the beginning counts") {
  Slice slice({.latency_seconds = 0.5, .miss_share = 0.01});
  CHECK(slice.after(2.0).used == 0.0);
  slice.application.queue_length = 3;
  CHECK(slice.after(2.0).used == doctest::Approx(4.0));
  CHECK(slice.after(2.0).violated);
}

TEST_CASE("without a limit the deadline counts, against the longest latency that was seen") {
  Slice slice({});
  slice.application.deadline_seconds = 0.2;
  slice.application.served += 10;
  slice.application.latency_max_seconds = 0.15;
  CHECK(slice.after(1.0).used == doctest::Approx(0.75));
  slice.application.latency_max_seconds = 0.01;
  CHECK(slice.after(1.0).used == doctest::Approx(0.75));
}

TEST_CASE("more missed than allowed, or one overdue, is a violation") {
  Slice slice({.latency_seconds = {}, .miss_share = 0.1});
  slice.application.served += 10;
  slice.application.missed += 1;
  CHECK(!slice.after(1.0).violated);
  slice.application.missed += 1;
  CHECK(slice.after(1.0).violated);
  Slice late({});
  late.application.slack_seconds = -0.01;
  CHECK(late.after(1.0).violated);
}

TEST_CASE("an application that began anew counts from 0") {
  Slice slice({.latency_seconds = 0.1, .miss_share = 0.1});
  slice.application.served = 20;
  slice.application.missed = 1;
  slice.application.in_system_seconds = 1.0;
  const SliceFigures figures = slice.after(1.0);
  CHECK(figures.used == doctest::Approx(0.5));
  CHECK(!figures.violated);
}

TEST_CASE("the busiest unit counts, without any reading nothing is said of load") {
  Telemetry telemetry;
  telemetry.cpus.refill(0.0).assign(2, {});
  SliceWatch watch({});
  watch.begin(telemetry);
  CHECK(!watch.look(telemetry).busy);
  auto& cpus = telemetry.cpus.refill(1.0);
  cpus[0].busy_seconds = 0.2;
  cpus[0].idle_seconds = 0.8;
  cpus[1].busy_seconds = 0.6;
  cpus[1].idle_seconds = 0.3;
  cpus[1].iowait_seconds = 0.1;
  CHECK(*watch.look(telemetry).busy == doctest::Approx(0.6));
  cpus[1].online = false;
  CHECK(*watch.look(telemetry).busy == doctest::Approx(0.2));
}
