#include <doctest/doctest.h>

#include <algorithm>

#include "controllers/evaluation/evaluation.h"
#include "tools/reproduce/common/gpu_limit_runs.h"
#include "tools/reproduce/published/polythrottle_table.h"

using namespace flyball;

TEST_CASE("the cases of PolyThrottle run with the full tables of CPU, GPU and memory") {
  CHECK(polythrottle_cells().size() == 4);
  for (const PolythrottleCell& cell : polythrottle_cells()) {
    CAPTURE(cell.name());
    const Scenario scenario = polythrottle_scenario(cell, 1);
    for (const Domain& domain : scenario.board.board.domains) {
      const LevelRange limits = domain_limits(domain, scenario.mode, scenario.cpu_floor_hz);
      CHECK(limits == LevelRange{0, static_cast<Level>(domain.frequencies_hz.size() - 1)});
    }
  }
}

TEST_CASE("on AGX Orin the cheapest setting in time lies inside all three tables") {
  const PolythrottleSweep sweep = sweep_polythrottle(polythrottle_cells()[3], 20, 2);
  CHECK(sweep.settings.table.points.size() == 29 * 11 * 4);
  const OraclePoint& best = sweep.settings.best();
  for (std::size_t k = 0; k < 3; ++k) {
    CAPTURE(k);
    CHECK(levels_to_end(sweep.settings, best, k) >= 1);
    CHECK(levels_to_end(sweep.settings, sweep.cheapest(), k) >= 1);
    CHECK(energy_span(sweep.settings, best, k) > 0.1);
  }
  CHECK(best.figures.latency_mean_seconds <=
        kPolythrottleLatencyFactor * sweep.stock.latency_mean_seconds);
  CHECK(saving_against(sweep.stock, best.figures) > 0.1);
  CHECK(sweep.cheapest().figures.energy_joules <= best.figures.energy_joules);
}

TEST_CASE("the stock governor moves between a user's limits, and a raised minimum saves") {
  const Scenario scenario = polythrottle_sparse(polythrottle_cells()[0], 120.0);
  const std::vector<double>& gpu = frequencies(scenario, DomainKind::kGpu);
  const auto top = static_cast<Level>(gpu.size() - 1);
  const RunFigures low = run_within(scenario, {0, top});
  const RunFigures raised = run_within(scenario, {3, top});
  const RunFigures pinned = run_within(scenario, {top, top});
  CHECK(low.served == raised.served);
  CHECK(low.unserved == 0);
  CHECK(raised.energy_joules < 0.995 * low.energy_joules);
  CHECK(pinned.energy_joules > raised.energy_joules);
  CHECK(pinned.latency_mean_seconds < raised.latency_mean_seconds);
  CHECK(raised.latency_mean_seconds < low.latency_mean_seconds);
}

TEST_CASE("every minimum is run with every maximum above it, the same on one thread and on two") {
  const Scenario scenario = polythrottle_sparse(polythrottle_cells()[3], 5.0);
  const std::vector<GpuLimitRun> once = run_gpu_limits(scenario, 1);
  const std::vector<GpuLimitRun> twice = run_gpu_limits(scenario, 2);
  REQUIRE(once.size() == 11 * 12 / 2);
  REQUIRE(twice.size() == once.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i].limits.floor <= once[i].limits.ceiling);
    CHECK(once[i].figures.energy_joules == twice[i].figures.energy_joules);
  }
}
