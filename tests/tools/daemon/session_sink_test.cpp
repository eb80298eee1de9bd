#include "tools/daemon/session_sink.h"

#include <doctest/doctest.h>

#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kStatus = "/var/lib/nvpmodel/status";

class Rows final : public TelemetrySink {
 public:
  void write(const TelemetryRow& row) override { rows.push_back(row); }
  std::vector<TelemetryRow> rows;
};

Board two_modes() {
  Board board = small_board();
  PowerMode low = board.modes.front();
  low.id = 1;
  low.name = "LOW";
  low.cpu_max_hz = 2e8;
  board.modes.push_back(low);
  return board;
}

PlantDescription plant() { return describe(two_modes(), two_modes().modes[0], std::nullopt); }

}  // namespace

TEST_CASE("a mode's limits are levels of each knob, and the application's knob is left alone") {
  PlantDescription with_batch = plant();
  with_batch.knobs.push_back({"batch", {1, 2, 4}, {}});
  std::vector<PowerMode> modes = two_modes().modes;
  modes.push_back(modes[0]);  // said twice
  const std::vector<ModeLimits> limits = mode_limits(modes, with_batch);
  REQUIRE(limits.size() == 2);
  CHECK(limits[1].id == 1);
  REQUIRE(limits[1].limits.size() == with_batch.knobs.size());
  CHECK(with_batch.knobs[0].levels[limits[1].limits[0].ceiling] == 2e8);
  CHECK(limits[0].limits[0].ceiling + 1U == with_batch.knobs[0].levels.size());
  CHECK(limits[1].limits.back() == LevelRange{0, 2});
}

TEST_CASE("rows name the mode they began in, and the one in which it changed ends an episode") {
  BoardTree tree;
  tree.write(kStatus, "pmode:0000");
  const Board board = two_modes();
  ModeWatch watch(tree.root(), board);
  Rows log;
  SessionSink sink(log, watch, mode_limits(watch.modes(), plant()));
  sink.write({});
  tree.write(kStatus, "pmode:0001");
  REQUIRE(watch.look(1.0, true));
  sink.write({});
  sink.write({});
  REQUIRE(log.rows.size() == 3);
  CHECK(log.rows[0].mode == 0);
  CHECK_FALSE(log.rows[0].truncated);
  CHECK(log.rows[1].mode == 0);
  CHECK(log.rows[1].truncated);
  CHECK(log.rows[2].mode == 1);
  CHECK_FALSE(log.rows[2].truncated);
}

TEST_CASE("a mode that nobody described is no name, and still ends an episode") {
  BoardTree tree;
  ModeWatch watch(tree.root(), two_modes());
  Rows log;
  SessionSink sink(log, watch, {});
  sink.write({});
  tree.write(kStatus, "pmode:0009");
  REQUIRE(watch.look(1.0, true));
  TelemetryRow last;
  sink.write(last);
  last.terminated = true;
  sink.write(last);
  REQUIRE(log.rows.size() == 3);
  CHECK_FALSE(log.rows[0].truncated);
  CHECK(log.rows[1].truncated);
  CHECK_FALSE(log.rows[1].mode);
  CHECK_FALSE(log.rows[2].truncated);
}
