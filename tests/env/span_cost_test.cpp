#include "env/span_cost.h"

#include <doctest/doctest.h>

using namespace flyball;

namespace {

Telemetry sample(double time_seconds, std::optional<double> watts, std::uint64_t served) {
  Telemetry telemetry;
  telemetry.time_seconds = time_seconds;
  if (watts) telemetry.total_watts.refill(time_seconds) = *watts;
  ApplicationTelemetry& application = telemetry.application.refill(time_seconds);
  application.served = served;
  application.in_system_seconds = 3.0 * time_seconds;
  return telemetry;
}

}  // namespace

TEST_CASE("the energy between two samples is the trapezoid of their power") {
  const SpanCost cost = cost_between(sample(1.0, 4.0, 10), sample(3.0, 6.0, 17));
  CHECK(cost.seconds == 2.0);
  CHECK(cost.energy_joules == 10.0);
  CHECK(energy_between(4.0, 6.0, 2.0) == 10.0);
  CHECK(cost.served == 7.0);
  CHECK(cost.in_system_seconds == 6.0);
}

TEST_CASE("a reading that is absent on either side leaves no energy, and the rest as it is") {
  for (const SpanCost& cost : {cost_between(sample(1.0, 4.0, 10), sample(3.0, {}, 17)),
                               cost_between(sample(1.0, {}, 10), sample(3.0, 6.0, 17)),
                               cost_between(sample(1.0, {}, 10), sample(3.0, {}, 17))}) {
    CHECK_FALSE(cost.energy_joules.has_value());
    CHECK(cost.served == 7.0);
    CHECK(cost.seconds == 2.0);
  }
}
