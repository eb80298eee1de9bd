#include "controllers/evaluation/slow_power.h"

#include <doctest/doctest.h>

#include <optional>
#include <utility>
#include <vector>

#include "tests/support/fake_plant.h"

using namespace flyball;

namespace {

// A board whose power rises by a watt a second.
FakePlantScript rising() {
  FakePlantScript script;
  script.watts = [](double seconds) { return std::optional(10.0 + seconds); };
  return script;
}

}  // namespace

TEST_CASE("between two readings the last one is shown, with its stamp") {
  FakePlant board(rising());
  SlowPower plant(board, 0.5);
  Telemetry telemetry;
  for (const auto& [now, read] : {std::pair{0.0, 0.0},
                                  {0.2, 0.0},
                                  {0.4, 0.0},
                                  {0.5, 0.5},
                                  {0.9, 0.5},
                                  {1.1, 1.1},
                                  {1.5, 1.1},
                                  {1.6, 1.6}}) {
    plant.timeline().sleep_until(now);
    CHECK_FALSE(plant.read(telemetry));
    CAPTURE(now);
    CHECK(*telemetry.total_watts == doctest::Approx(10.0 + read));
    CHECK(telemetry.total_watts.time_seconds() == doctest::Approx(read));
    CHECK(telemetry.time_seconds == doctest::Approx(now));
  }
}

TEST_CASE("without a time between them every reading is fresh, a lease is the plant's") {
  FakePlant board(rising());
  SlowPower plant(board, 0.0);
  Telemetry telemetry;
  for (const double now : {0.0, 0.1, 0.2}) {
    plant.timeline().sleep_until(now);
    CHECK_FALSE(plant.read(telemetry));
    CHECK(*telemetry.total_watts == doctest::Approx(10.0 + now));
  }
  const std::vector<std::size_t> knobs = {0};
  const ControlLease lease = plant.lease(knobs);
  CHECK(board.leases_held() == 1);
}
