#include "controllers/run_figures.h"

#include <doctest/doctest.h>

#include "controllers/duration_histogram.h"

using namespace flyball;

TEST_CASE("the figures of a run end when its work is done") {
  SimTruth truth;
  truth.seconds = 12.0;
  truth.energy_joules = 130.0;
  truth.finished_seconds = 10.0;
  truth.finished_joules = 100.0;
  truth.served = 4;
  truth.missed = 1;
  truth.latencies_seconds = {0.4, 0.1, 0.2, 0.3};
  const RunFigures figures = figures_of(truth);
  CHECK(figures.energy_per_request == 25.0);
  CHECK(figures.mean_power_watts == 10.0);
  CHECK(figures.latency_mean_seconds == doctest::Approx(0.25));
  CHECK(figures.latency_p50_seconds == 0.2);
  CHECK(figures.latency_p99_seconds == 0.4);
  CHECK(figures.in_time_share() == 0.75);
  CHECK(is_feasible(figures, {}));
  CHECK(is_feasible(figures, {0.25001, 0.75}));
  CHECK_FALSE(is_feasible(figures, {0.24, {}}));
  CHECK_FALSE(is_feasible(figures, {{}, 0.76}));
}

TEST_CASE("work left undone makes a run infeasible, however little it cost") {
  SimTruth truth;
  truth.seconds = 5.0;
  truth.energy_joules = 1.0;
  truth.served = 9;
  truth.unserved = 1;
  const RunFigures figures = figures_of(truth);
  CHECK_FALSE(figures.feasible);
  CHECK(figures.in_time_share() == 0.9);
  truth.unserved = 0;  // the rest has not even arrived
  CHECK_FALSE(is_feasible(figures_of(truth), {}));
}

TEST_CASE("pooling sums energy and weighs the mean latency by requests") {
  RunFigures a;
  a.energy_joules = 10.0;
  a.served = 10;
  a.seconds = 1.0;
  a.latency_mean_seconds = 0.1;
  RunFigures b = a;
  b.energy_joules = 50.0;
  b.served = 30;
  b.seconds = 4.0;
  b.latency_mean_seconds = 0.3;
  const std::vector<RunFigures> runs = {a, b};
  const RunFigures sum = pooled(runs, {0.2, {}});
  CHECK(sum.energy_per_request == 1.5);
  CHECK(sum.mean_power_watts == 12.0);
  CHECK(sum.latency_mean_seconds == doctest::Approx(0.25));
  CHECK_FALSE(sum.feasible);
  CHECK(pooled(runs, {0.26, {}}).feasible);
}

TEST_CASE("a histogram's percentiles are at most a bin above the true ones") {
  DurationHistogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.add(i * 1e-6);
  const DurationSummary summary = histogram.summary();
  CHECK(summary.count == 1000);
  CHECK(summary.mean_seconds == doctest::Approx(500.5e-6));
  CHECK(summary.p50_seconds >= 500e-6);
  CHECK(summary.p50_seconds <= 500e-6 * 1.045);
  CHECK(summary.p99_seconds >= 990e-6);
  CHECK(summary.max_seconds == 1000e-6);
  CHECK(DurationHistogram().summary().max_seconds == 0.0);
}

TEST_CASE("clocks, heat and late requests count until the work is done") {
  SimTruth truth;
  truth.seconds = 12.0;
  truth.finished_seconds = 10.0;
  truth.finished_joules = 50.0;
  truth.served = 20;
  truth.longest_late_run = 3;
  truth.clock_changes = {4, 1};
  truth.celsius_seconds = 400.0;
  truth.highest_celsius = 55.0;
  truth.residency_seconds = {{2.0, 10.0}, {12.0}};
  truth.finished_residency_seconds = {{2.0, 8.0}, {10.0}};
  const RunFigures figures = figures_of(truth);
  CHECK(figures.requests_per_second() == 2.0);
  CHECK(figures.requests_per_joule() == 0.4);  // 2 requests per second at 5 W
  CHECK(figures.longest_late_run == 3);
  CHECK(figures.changes_per_second() == 0.5);
  CHECK(figures.celsius_mean == 40.0);
  CHECK(figures.celsius_max == 55.0);
  CHECK(figures.residency(0) == std::vector<double>{0.2, 0.8});
  CHECK(figures.residency(1) == std::vector<double>{1.0});
}

TEST_CASE("pooling adds residencies, weighs heat by time and takes the longest late run") {
  RunFigures a;
  a.seconds = 1.0;
  a.celsius_mean = 30.0;
  a.celsius_max = 31.0;
  a.longest_late_run = 5;
  a.clock_changes = 3;
  a.residency_seconds = {{1.0, 0.0}};
  a.decide = DurationSummary{10, 1e-6, 1e-6, 4e-6, 5e-6};
  RunFigures b;
  b.seconds = 3.0;
  b.celsius_mean = 50.0;
  b.celsius_max = 60.0;
  b.longest_late_run = 2;
  b.clock_changes = 1;
  b.residency_seconds = {{0.0, 3.0}};
  b.decide = DurationSummary{30, 5e-6, 5e-6, 6e-6, 9e-6};
  const RunFigures sum = pooled(std::vector<RunFigures>{a, b}, {});
  CHECK(sum.celsius_mean == 45.0);
  CHECK(sum.celsius_max == 60.0);
  CHECK(sum.longest_late_run == 5);
  CHECK(sum.changes_per_second() == 1.0);
  CHECK(sum.residency(0) == std::vector<double>{0.25, 0.75});
  REQUIRE(sum.decide);
  CHECK(sum.decide->count == 40);
  CHECK(sum.decide->mean_seconds == doctest::Approx(4e-6));
  CHECK(sum.decide->p99_seconds == 6e-6);
  CHECK(sum.decide->max_seconds == 9e-6);
}
