#include "tools/daemon/shadow_plant.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/fake_plant.h"

using namespace flyball;

TEST_CASE("a shadow shows the plant and accepts settings without passing them on") {
  FakePlant plant;
  ShadowPlant shadow(plant);
  CHECK(&shadow.description() == &plant.description());
  CHECK(&shadow.timeline() == &plant.timeline());
  Telemetry telemetry;
  CHECK_FALSE(shadow.read(telemetry));
  CHECK(telemetry.domains.has_value());

  const std::vector<std::size_t> knobs = {0};
  ControlLease lease = shadow.lease(knobs);
  CHECK(lease.is_held());
  const Level lowest = 0;
  CHECK_FALSE(lease.apply(Setting::pinned({&lowest, 1})));
  CHECK(plant.applied().empty());
  CHECK(plant.leases_held() == 0);
}
