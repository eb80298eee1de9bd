#include "env/busy_seconds.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("a CPU domain was busy as long as its CPUs together, another as long as it says itself") {
  PlantDescription plant;
  plant.domains = {{"cpu0", DomainKind::kCpu, {1e9}, 0.0, {0, 2, 7}},
                   {"gpu", DomainKind::kGpu, {1e9}, 0.0, {}}};
  Telemetry telemetry;
  CHECK_FALSE(busy_seconds(plant, 0, telemetry));
  CHECK_FALSE(busy_seconds(plant, 1, telemetry));

  auto& cpus = telemetry.cpus.refill(1.0);
  cpus.resize(3);  // there is no CPU 7
  cpus[0].busy_seconds = 0.25;
  cpus[1].busy_seconds = 8.0;
  cpus[2].busy_seconds = 0.5;
  CHECK(busy_seconds(plant, 0, telemetry) == 0.75);
  auto& domains = telemetry.domains.refill(1.0);
  domains.resize(2);
  CHECK_FALSE(busy_seconds(plant, 1, telemetry));
  domains[1].busy_seconds = 0.125;
  CHECK(busy_seconds(plant, 1, telemetry) == 0.125);
}
