#include "replay/storage_waits.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace flyball;

namespace {

constexpr double kPeriod = 0.1;

PlantDescription one_gpu() {
  PlantDescription plant;
  Domain gpu;
  gpu.name = "gpu";
  gpu.kind = DomainKind::kGpu;
  plant.domains = {gpu};
  return plant;
}

// Rows of `kPeriod`; what a row holds is seen at the beginning of the next one.
struct Log {
  std::vector<TelemetryRow> rows;
  double time_seconds = 0.0;
  double iowait_seconds = 0.0;

  void add(double waited, double utilization, double watts, double served) {
    TelemetryRow row;
    row.period_seconds = kPeriod;
    stamp(row.telemetry, utilization_, watts);
    row.after_effect = {kPeriod, watts * kPeriod, 16.0 * kPeriod, served, 0.0};
    rows.push_back(row);
    time_seconds += kPeriod;
    iowait_seconds += waited;
    utilization_ = utilization;
  }
  void end(double watts) { add(0.0, 0.0, watts, 0.0); }

 private:
  void stamp(Telemetry& telemetry, double utilization, double watts) const {
    telemetry.time_seconds = time_seconds;
    DomainTelemetry gpu;
    gpu.utilization = utilization;
    telemetry.domains.refill(time_seconds) = {gpu};
    telemetry.cpus.refill(time_seconds) = {{.iowait_seconds = 0.5 * iowait_seconds},
                                           {.iowait_seconds = 0.5 * iowait_seconds}};
    telemetry.total_watts.refill(time_seconds) = watts;
  }
  double utilization_ = 0.0;
};

double wait_of(double waited, double utilization) {
  Log log;
  log.add(waited, utilization, 5.0, 0.0);
  log.end(5.0);
  return storage_wait_seconds(one_gpu(), log.rows[0], log.rows[1]);
}

StorageWaits waits_of(const Log& log, double lag_seconds) {
  StorageWaitSums sums(lag_seconds, 1.5);
  for (std::size_t i = 0; i + 1 < log.rows.size(); ++i) {
    sums.add(one_gpu(), log.rows[i], log.rows[i + 1]);
  }
  return sums.mean();
}

}  // namespace

TEST_CASE("work stands still where a CPU waits for storage and the GPU is idle") {
  CHECK(wait_of(0.09, 0.0) == doctest::Approx(0.09));
  CHECK(wait_of(0.06, 0.3) == doctest::Approx(0.06));
  CHECK(wait_of(0.09, 0.9) == 0.0);      // reads ahead while the GPU works
  CHECK(wait_of(0.04, 0.0) == 0.0);      // less than half of the row
  CHECK(wait_of(-0.02, 0.0) == 0.0);     // the kernel's counter may step back
  CHECK(wait_of(0.18, 0.0) == kPeriod);  // two processes wait at once
}

TEST_CASE("without CPU times at both ends, or the GPU's load, a row is not known to have waited") {
  Log log;
  log.add(0.1, 0.0, 5.0, 0.0);
  log.add(0.1, 0.0, 5.0, 0.0);
  log.end(5.0);
  const auto wait = [&](std::size_t row) {
    return storage_wait_seconds(one_gpu(), log.rows[row], log.rows[row + 1]);
  };
  CHECK(wait(1) == doctest::Approx(0.1));
  log.rows[1].telemetry.cpus.clear();
  CHECK(wait(0) == 0.0);
  CHECK(wait(1) == 0.0);  // the counter's value is not what it grew by
  log.rows[1].telemetry.cpus = log.rows[0].telemetry.cpus;
  log.rows[2].telemetry.domains.refill(0.2)[0].utilization.reset();
  CHECK(wait(1) == 0.0);
}

TEST_CASE("a log's waits: seconds per request, and the power meanwhile without the sensor's lag") {
  constexpr double kLag = 0.3;
  const double keep = std::exp(-kPeriod / kLag);
  Log log;
  double shown = 9.0;  // a first-order sensor of 9 W at work and 3 W waiting
  for (int block = 0; block < 6; ++block) {
    for (int i = 0; i < 30; ++i) {
      const bool waits = i >= 20;
      const double before = shown;
      shown = (waits ? 3.0 : 9.0) + (before - (waits ? 3.0 : 9.0)) * keep;
      log.add(waits ? kPeriod : 0.0, waits ? 0.0 : 1.0, before, i < 20 ? 4.0 : 0.0);
      // The readings' integral over the row, as the trapezoid of a finer log would have it.
      const double power = waits ? 3.0 : 9.0;
      log.rows.back().after_effect.energy_joules = power * kPeriod - kLag * (shown - before);
    }
  }
  log.end(shown);
  const StorageWaits waits = waits_of(log, kLag);
  CHECK(waits.seconds_per_request == doctest::Approx(1.0 / 80.0));
  CHECK(waits.watts == doctest::Approx(3.0));
}

TEST_CASE("what passes in a gap is nobody's wait") {
  Log log;
  log.add(0.0, 1.0, 9.0, 4.0);
  log.time_seconds += 10.0;
  log.iowait_seconds += 10.0;
  log.add(0.0, 1.0, 9.0, 4.0);
  log.end(9.0);
  CHECK(waits_of(log, 0.0).seconds_per_request == 0.0);
}

TEST_CASE("a span's own wait is replaced by the log's mean, for all requests in the system") {
  const StorageWaits waits{.seconds_per_request = 0.01, .watts = 3.0};
  const SpanCost work{2.0, 10.0, 32.0, 100.0, 0.0};
  for (const double waited : {0.0, 4.0}) {
    SpanCost cost = work;
    cost += SpanCost{waited, 3.0 * waited, 16.0 * waited, 0.0, 0.0};
    even_storage_waits(waits, waited, cost);
    CHECK(cost.seconds == doctest::Approx(3.0));
    CHECK(*cost.energy_joules == doctest::Approx(13.0));
    CHECK(cost.in_system_seconds == doctest::Approx(48.0));
    CHECK(cost.served == 100.0);
  }
}
