#include "env/jetson/thermal_shield.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "env/jetson/jetson_plant.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kThermal = "/sys/class/thermal/thermal_zone";

void set_celsius(BoardTree& tree, int zone, double celsius) {
  tree.write(kThermal + std::to_string(zone) + "/temp", std::to_string(std::lround(1e3 * celsius)));
}

void add_trip(BoardTree& tree, int zone, int trip, const char* kind, const char* millidegrees) {
  const std::string path = kThermal + std::to_string(zone) + "/trip_point_" + std::to_string(trip);
  tree.write(path + "_type", kind);
  tree.write(path + "_temp", millidegrees);
}

ShieldConfig limit(double celsius) {
  ShieldConfig config;
  config.limit_celsius = celsius;
  return config;
}

// Against 70 degrees, at every reading.
void shield(JetsonPlant& board, const BoardTree& tree) {
  ShieldConfig config = limit(70.0);
  config.look_seconds = 0.0;
  config.rise_seconds = 0.0;
  board.controls()->set_shield(ThermalShield(tree.root(), config));
}

}  // namespace

TEST_CASE(
    "limits are those of the trip points less a margin, a fan's is none, nor is what cannot be") {
  BoardTree tree;
  tree.add_board();
  CHECK_FALSE(ThermalShield(tree.root(), {}).is_on());
  add_trip(tree, 0, 0, "active", "61000");
  add_trip(tree, 0, 1, "critical", "105000");
  add_trip(tree, 0, 2, "passive", "99000");
  add_trip(tree, 1, 0, "passive", "-40000");
  CHECK(ThermalShield(tree.root(), {}).text() == "under 94 degrees C (1 zones)");
  add_trip(tree, 1, 1, "critical", "90000");
  CHECK(ThermalShield(tree.root(), {}).text() == "under 85 degrees C (cpu) to 94 (gpu)");
  CHECK(ThermalShield(tree.root(), limit(70.0)).text() == "under 70 degrees C (3 zones)");
  ShieldConfig off;
  off.is_on = false;
  CHECK_FALSE(ThermalShield(tree.root(), off).is_on());
}

TEST_CASE("it goes strictly lower with each look until under the limit, and up again slowly") {
  BoardTree tree;
  tree.add_board();
  set_celsius(tree, 0, 75.0);
  ThermalShield shield(tree.root(), limit(70.0));
  double now = 0.0;
  for (std::uint32_t steps = 1; steps <= 10; ++steps, now += 1.0) {
    CHECK(shield.look(now));
    CHECK(shield.state().steps == steps);
    CHECK_FALSE(shield.look(now + 0.5));  // not yet
  }
  CHECK(std::string(shield.state().zone.data()) == "gpu");
  set_celsius(tree, 0, 68.0);  // within the hysteresis
  for (int i = 0; i < 20; ++i) CHECK_FALSE(shield.look(now += 1.0));
  set_celsius(tree, 0, 60.0);
  const std::uint32_t steps = shield.state().steps;
  for (int i = 0; i < 10; ++i) shield.look(now += 1.0);
  CHECK(shield.state().steps == steps - 2);
  for (int i = 0; i < 100; ++i) shield.look(now += 1.0);
  CHECK(shield.state().steps == 0);
}

TEST_CASE("a step is an eighth of a table, at least a level, and stays within the limits") {
  CHECK(ThermalShield::below(11, {1, 11}) == 10);
  CHECK(ThermalShield::below(1, {1, 11}) == 1);
  CHECK(ThermalShield::below(20, {0, 28}) == 17);
  CHECK(ThermalShield::below(2, {0, 28}) == 0);
  CHECK(ThermalShield::above(17, {0, 28}) == 20);
  CHECK(ThermalShield::above(27, {0, 28}) == 28);
  CHECK(ThermalShield::below(3, {3, 3}) == 3);
}

TEST_CASE("it is blind when no zone can be read any more, not when one cannot") {
  BoardTree tree;
  tree.add_board();
  ThermalShield shield(tree.root(), limit(70.0));
  tree.write(kThermal + "0/temp", "off");
  for (int i = 0; i < 5; ++i) CHECK_FALSE(shield.look(i));
  tree.write(kThermal + "1/temp", "off");
  for (int i = 5; i < 7; ++i) CHECK_FALSE(shield.look(i));
  CHECK(shield.look(7.0));
  CHECK(shield.state().is_blind);
  set_celsius(tree, 1, 40.0);
  CHECK(shield.look(8.0));
  CHECK_FALSE(shield.state().is_blind);
}

TEST_CASE("whatever is asked for, a hot board's ceilings go down, and the limits say so") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant board(tree.config());
  shield(board, tree);
  const std::vector<std::size_t> knobs = {0, 1};
  ControlLease lease = board.lease(knobs);
  const std::vector<LevelRange> open = board.description().limits;
  Setting top;
  top.resize(2);
  for (std::size_t k = 0; k < 2; ++k) top[k] = {open[k].ceiling, open[k].ceiling};
  REQUIRE(!lease.apply(top));
  const std::string file = kPolicy0 + "/scaling_max_freq";
  const std::string before = tree.read(file);
  const auto lowest = std::lround(board.description().knobs[0].levels[open[0].floor] * 1e-3);
  set_celsius(tree, 1, 90.0);
  Telemetry telemetry;
  long former = std::stol(before);
  for (int i = 0; i < 40; ++i) {
    static_cast<void>(board.read(telemetry));
    Setting all;  // as the kernel's governors have it: they are held below it, too
    all.resize(2);
    for (std::size_t k = 0; k < 2; ++k) all[k] = board.description().limits[k];
    REQUIRE(!lease.apply(i % 2 == 0 ? top : all));
    const long now = std::stol(tree.read(file));
    CHECK((now < former || now == lowest));
    former = now;
  }
  CHECK(former == lowest);
  set_celsius(tree, 1, 40.0);
  REQUIRE(!lease.apply(top));
  for (int i = 0; i < 40; ++i) static_cast<void>(board.read(telemetry));
  CHECK(tree.read(file) == before);
  CHECK(board.description().limits == open);

  for (const char* zone : {"0/temp", "1/temp"}) tree.write(kThermal + zone, "off");
  for (int i = 0; i < 3; ++i) static_cast<void>(board.read(telemetry));
  CHECK(board.controls()->state().shield.is_blind);
  CHECK(lease.apply(top) == PlantError::kSteppedAside);  // the kernel has the clocks
  lease.release();
  CHECK(tree.read(file) == before);
}

TEST_CASE("the first step is down from the clocks in use, and what others wrote is put back") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant board(tree.config());
  shield(board, tree);
  const std::vector<std::size_t> knobs = {0};
  ControlLease lease = board.lease(knobs);
  const Level top = board.description().limits[0].ceiling;
  REQUIRE(top >= 2);
  Setting setting;
  setting.resize(1);
  setting[0] = {static_cast<Level>(top - 1), static_cast<Level>(top - 1)};
  REQUIRE(!lease.apply(setting));
  set_celsius(tree, 1, 90.0);
  Telemetry telemetry;
  static_cast<void>(board.read(telemetry));
  CHECK(board.description().limits[0].ceiling == top - 2);
  const std::string file = kPolicy0 + "/scaling_max_freq";
  const long hz = std::lround(board.description().knobs[0].levels[top - 2] * 1e-3);
  CHECK(tree.read(file) == std::to_string(hz));
  tree.write(file, "300000");  // somebody's own, while it is hot: obeyed, and theirs at the end
  static_cast<void>(board.read(telemetry));
  lease.release();
  CHECK(tree.read(file) == "300000");
}

TEST_CASE("where no temperature can be read when the clocks are lent, they stay the kernel's") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant board(tree.config());
  shield(board, tree);
  for (const char* zone : {"0/temp", "1/temp"}) tree.write(kThermal + zone, "off");
  Telemetry telemetry;
  for (int i = 0; i < 5; ++i) static_cast<void>(board.read(telemetry));
  const std::string before = tree.read(kPolicy0 + "/scaling_max_freq");
  const std::vector<std::size_t> knobs = {0};
  ControlLease lease = board.lease(knobs);
  Setting setting;
  setting.resize(1);
  CHECK(lease.apply(setting) == PlantError::kSteppedAside);
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == before);
}

TEST_CASE("getting hot, cool and blind allocates nothing, as the guard process asks") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig plain = tree.config();
  std::size_t told = 0;
  plain.tell = [&told](std::string_view) { ++told; };
  JetsonPlant board(plain);
  shield(board, tree);
  BoardControls& controls = *board.controls();
  const std::vector<std::size_t> knobs = {0, 1};
  controls.lend(knobs);
  Setting top;
  top.resize(2);
  for (std::size_t k = 0; k < 2; ++k) top[k] = controls.state().limits[k];
  REQUIRE(!controls.apply(knobs, top));
  const auto looks = [&](double now) {
    const std::size_t before = allocation_count();
    for (int i = 0; i < 10; ++i) controls.look(now + i);
    return allocation_count() - before;
  };
  CHECK(looks(0.0) == 0);
  set_celsius(tree, 1, 90.0);
  CHECK(looks(10.0) == 0);
  CHECK(told == 1);
  set_celsius(tree, 1, 40.0);
  CHECK(looks(20.0) == 0);
  CHECK(told == 2);
  for (const char* zone : {"0/temp", "1/temp"}) tree.write(kThermal + zone, "off");
  CHECK(looks(30.0) == 0);
  CHECK(told == 3);
}
