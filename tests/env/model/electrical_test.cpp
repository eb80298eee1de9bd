#include "env/model/electrical.h"

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "env/model/work_model.h"
#include "tests/support/error_text.h"
#include "tests/support/small_board.h"

using namespace flyball;
using doctest::Approx;

namespace {

// 0.5 V up to 200 MHz, then 1 V at the end of the table.
UnitElectrical round_unit() { return {0.5, 1.0, 200e6, 2e-9, 0.25, 0.4}; }

template <typename Change>
std::string complaint(Change change) {
  Electrical electrical = small_electrical();
  change(electrical);
  return error_text([&] { validate(electrical, small_board()); });
}

}  // namespace

TEST_CASE("the voltage is flat up to the knee and linear from there to the highest frequency") {
  const UnitElectrical unit = round_unit();
  CHECK(volts(unit, 0.0, 400e6) == 0.5);
  CHECK(volts(unit, 200e6, 400e6) == 0.5);
  CHECK(volts(unit, 300e6, 400e6) == Approx(0.75));
  CHECK(volts(unit, 400e6, 400e6) == 1.0);
}

TEST_CASE("the voltage does not rise beyond the table, nor at all where the knee is its end") {
  CHECK(volts(round_unit(), 800e6, 400e6) == 1.0);
  CHECK(volts(round_unit(), 300e6, 200e6) == 0.5);
  CHECK(volts(round_unit(), 300e6, 100e6) == 0.5);
}

TEST_CASE("a busy unit draws C V squared f, and its leakage") {
  UnitElectrical unit = round_unit();
  CHECK(unit_watts(unit, 400e6, 1.0, 1.0, 1.0) == Approx(0.8 + 0.4));
  CHECK(unit_watts(unit, 400e6, 0.5, 1.0, 1.0) == Approx(0.2 + 0.2));
  unit.leakage_amperes = 0.0;
  CHECK(unit_watts(unit, 200e6, 1.0, 1.0, 1.0) == Approx(0.4));
}

TEST_CASE("an idle unit switches its idle share, and activity the rest") {
  UnitElectrical unit = round_unit();
  unit.leakage_amperes = 0.0;
  CHECK(unit_watts(unit, 400e6, 1.0, 0.0, 1.0) == Approx(0.2));
  CHECK(unit_watts(unit, 400e6, 1.0, 0.5, 1.0) == Approx(0.2 + 0.3));
  unit.idle_activity = 1.0;
  CHECK(unit_watts(unit, 400e6, 1.0, 0.0, 1.0) == unit_watts(unit, 400e6, 1.0, 1.0, 1.0));
}

TEST_CASE("heat raises the leakage alone, which no clock moves") {
  const UnitElectrical unit = round_unit();
  CHECK(unit_watts(unit, 0.0, 0.5, 1.0, 1.0) == Approx(0.2));
  CHECK(unit_watts(unit, 400e6, 1.0, 1.0, 1.5) - unit_watts(unit, 400e6, 1.0, 1.0, 1.0) ==
        Approx(0.2));
}

TEST_CASE("parameters that cannot be are refused by their key and range") {
  CHECK(complaint([](Electrical&) {}) == "no error");
  CHECK(complaint([](Electrical& e) { e.base_watts = -1.0; }) ==
        "electrical.base_watts = -1: must be >= 0");
  CHECK(complaint([](Electrical& e) { e.leakage_per_kelvin = -0.1; }) ==
        "electrical.leakage_per_kelvin = -0.1: must be >= 0");
  CHECK(complaint([](Electrical& e) { e.cpu.minimum_volts = 0.0; }) ==
        "electrical.cpu.minimum_volts = 0: must be > 0");
  CHECK(complaint([](Electrical& e) { e.gpu.maximum_volts = -1.0; }) ==
        "electrical.gpu.maximum_volts = -1: must be > 0");
  CHECK(complaint([](Electrical& e) { e.emc.knee_hz = -1.0; }) ==
        "electrical.emc.knee_hz = -1: must be >= 0");
  CHECK(complaint([](Electrical& e) { e.gpu.idle_activity = 1.5; }) ==
        "electrical.gpu.idle_activity = 1.5: must be in [0, 1]");
  CHECK(complaint([](Electrical& e) { e.gpu.leakage_amperes = -2.0; }) ==
        "electrical.gpu.leakage_amperes = -2: must be >= 0");
  CHECK(complaint([](Electrical& e) { e.cpu.farads = std::numeric_limits<double>::infinity(); }) ==
        "electrical.cpu.farads = inf: must be >= 0");
  CHECK(complaint([](Electrical& e) { e.rails[1].gpu = 2.0; }) ==
        "electrical.rails[1].gpu = 2: must be in [0, 1]");
  CHECK_THROWS_AS(validate(Electrical(), small_board()), std::invalid_argument);
}

TEST_CASE("there is one mix for every rail of the board, and no more than a model holds") {
  CHECK(complaint([](Electrical& e) { e.rails.pop_back(); }) ==
        "electrical.rails: 2 entries, small has 3 rails");
  CHECK(complaint([](Electrical& e) { e.rails.push_back({}); }) ==
        "electrical.rails: 4 entries, small has 3 rails");
  Board board = small_board();
  board.rails.resize(kMaxRails + 1);
  Electrical electrical = small_electrical();
  electrical.rails.resize(kMaxRails + 1);
  CHECK_THROWS_AS(validate(electrical, board), std::invalid_argument);
  board.rails.resize(kMaxRails);
  electrical.rails.resize(kMaxRails);
  CHECK_NOTHROW(validate(electrical, board));
}
