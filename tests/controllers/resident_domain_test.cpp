// The domain that a resident governs, and the two residents that are nothing beside it.
#include "controllers/resident_domain.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "controllers/performance_governor.h"
#include "controllers/powersave_governor.h"
#include "tests/controllers/sample_plant.h"

using namespace flyball;

namespace {

// CPUs of 100, 200 and 300 MHz within a floor and a ceiling.
Telemetry cpus_within(double floor_hz, double ceiling_hz, double requested_hz = 0.0) {
  Telemetry telemetry;
  telemetry.domains.refill(1.0) = {{requested_hz, 0.0, floor_hz, ceiling_hz, {}, {}},
                                   {0.0, 0.0, 1e8, 8e8, {}, {}}};
  return telemetry;
}

}  // namespace

TEST_CASE("a resident governs one domain of a kind that it knows, and says so otherwise") {
  const PlantDescription plant = sample_plant();
  const auto make = [&](const std::vector<std::size_t>& knobs, DomainKind kind) {
    const ResidentDomain domain(scope_over(plant, knobs), "mine", {kind});
    return domain.domain().name;
  };
  CHECK(make({0}, DomainKind::kCpu) == "cpu0");
  CHECK(make({1}, DomainKind::kGpu) == "gpu");
  CHECK_THROWS_WITH_AS(make({1}, DomainKind::kCpu), doctest::Contains("mine does not govern"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(make({0, 1}, DomainKind::kCpu), doctest::Contains("exactly one domain"),
                       std::invalid_argument);
}

TEST_CASE("limits between levels are moved inwards, and the ceiling wins") {
  const PlantDescription plant = sample_plant();
  const ResidentDomain domain(scope_over(plant, std::vector<std::size_t>{0}), "mine",
                              {DomainKind::kCpu});
  const auto limits = [&](double floor_hz, double ceiling_hz) {
    const Telemetry telemetry = cpus_within(floor_hz, ceiling_hz);
    return domain.limits(domain.find(telemetry));
  };
  CHECK(limits(1.5e8, 2.5e8) == LevelRange{1, 1});
  CHECK(limits(1e8, 3e8) == LevelRange{0, 2});
  CHECK(limits(3e8, 2e8) == LevelRange{1, 1});
  CHECK(domain.limits(nullptr) == plant.limits[0]);
}

TEST_CASE("what was asked for last is held, the ceiling when nobody knows") {
  const PlantDescription plant = sample_plant();
  const ResidentDomain domain(scope_over(plant, std::vector<std::size_t>{0}), "mine",
                              {DomainKind::kCpu});
  const Telemetry telemetry = cpus_within(1e8, 3e8, 2e8);
  CHECK(domain.hold(domain.find(telemetry)).setting == ResidentDomain::pin(1, {0, 2}).setting);
  CHECK(domain.hold(nullptr).setting == ResidentDomain::pin(2, {0, 2}).setting);
  CHECK(domain.find(Telemetry{}) == nullptr);
}

TEST_CASE("powersave takes the lowest and performance the highest level that is allowed") {
  const PlantDescription plant = sample_plant();
  const GovernorScope scope = scope_over(plant, std::vector<std::size_t>{0});
  const Telemetry telemetry = cpus_within(2e8, 3e8);
  PowersaveGovernor powersave;
  powersave.reset(scope);
  CHECK(powersave.decide({telemetry, 0.0}).setting == ResidentDomain::pin(1, {0, 2}).setting);
  PerformanceGovernor performance;
  performance.reset(scope);
  CHECK(performance.decide({telemetry, 0.0}).setting == ResidentDomain::pin(2, {0, 2}).setting);
}
