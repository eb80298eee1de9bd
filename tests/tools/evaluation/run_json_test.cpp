#include "tools/evaluation/run_json.h"

#include <doctest/doctest.h>

#include "controllers/evaluation/simulated_run.h"
#include "tests/support/small_board.h"

using namespace flyball;

TEST_CASE("a run comes back from JSON bit for bit") {
  SimConfig config = small_config(ClosedLoop{37, 1, 0.11});
  config.service_noise = 0.2;
  RunFigures figures = run_residents(config, 1e6);
  figures.governor = "fixed:cpu=1GHz,gpu=100MHz";
  figures.seed = 18446744073709551615u;
  figures.guard = GuardReport{3.0, {0.1, 0.2, 0.0, 0.0, 0.0, 1e-9}, 4};
  figures.decide = DurationSummary{5, 1e-6, 2e-6, 3e-6, 4e-6};
  const std::string text = run_to_json(figures).dump();
  const RunFigures again = run_from_json(nlohmann::json::parse(text));
  CHECK(run_to_json(again).dump() == text);
  CHECK(again.energy_joules == figures.energy_joules);
  CHECK(again.seed == figures.seed);
  CHECK(again.residency_seconds == figures.residency_seconds);
  CHECK(again.guard->guarded_share() == figures.guard->guarded_share());
  CHECK(again.decide->max_seconds == 4e-6);
  CHECK(again.longest_late_run > 0);
}

TEST_CASE("a run that lacks a figure is none") {
  nlohmann::json json = run_to_json(RunFigures{});
  json.erase("celsius_max");
  CHECK_THROWS_AS(run_from_json(json), nlohmann::json::exception);
}
