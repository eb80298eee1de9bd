#include "replay/span_energy.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/replay/powered_rows.h"

using namespace flyball;

TEST_CASE("mean power is over the rows that have it, if they are enough") {
  std::vector<TelemetryRow> rows = powered_rows(21, 8.0);
  rows.pop_back();  // 20 rows, the last one's energy known
  CHECK(powered_watts(rows).value() == doctest::Approx(8.0));
  without_power(rows, 3, 7);  // five rows know one of their readings or none
  CHECK(powered_watts(rows).value() == doctest::Approx(8.0));
  without_power(rows, 7, 8);
  CHECK_FALSE(powered_watts(rows).has_value());
  CHECK_FALSE(powered_watts({}).has_value());
}

TEST_CASE("only what is not known is filled in") {
  const SpanCost known{2.0, 5.0, 1.0, 1.0, 0.0};
  CHECK(filled(known, 100.0).energy_joules == 5.0);
  const SpanCost unknown{2.0, std::nullopt, 1.0, 1.0, 0.0};
  CHECK(filled(unknown, 100.0).energy_joules == 200.0);
  CHECK_FALSE(filled(unknown, std::nullopt).energy_joules.has_value());
}

TEST_CASE("a log without any energy is refused, naming its rails") {
  TelemetryLogHeader header;
  header.plant.rails = {"VDD_GPU", "VDD_SOC"};
  std::vector<TelemetryRow> rows = powered_rows(4, 8.0);
  CHECK_NOTHROW(require_energy(header, rows));
  CHECK_NOTHROW(require_energy(header, {}));
  without_power(rows, 0, 4);
  rows.back().after_effect.energy_joules.reset();
  CHECK_THROWS_WITH_AS(require_energy(header, rows),
                       doctest::Contains("(never read: VDD_GPU, VDD_SOC)"), std::invalid_argument);
  rows[1].telemetry.rail_watts.refill(0.0) = {3.0, std::nullopt};
  CHECK_THROWS_WITH_AS(require_energy(header, rows), doctest::Contains("(never read: VDD_SOC)"),
                       std::invalid_argument);
  rows[2].telemetry.rail_watts.refill(0.0) = {std::nullopt, 3.0};
  CHECK_THROWS_WITH_AS(require_energy(header, rows),
                       doctest::Contains("(VDD_GPU, VDD_SOC have readings)"),
                       std::invalid_argument);
}
