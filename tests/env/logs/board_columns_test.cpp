#include "env/logs/board_columns.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/env/logs/logged_board.h"
#include "tests/support/error_text.h"

using namespace flyball;
using doctest::Approx;

namespace {

Board board_of_rails(const std::vector<std::string>& rails) {
  Board board = logged_board();
  board.rails = rails;
  board.module_rails = {0};
  return board;
}

std::vector<BoardColumn> choose(const std::string& text, const std::vector<std::string>& told = {},
                                const Board& board = board_of_rails({"VDD_IN", "VDD_SOC"})) {
  std::vector<BoardColumn> columns;
  for (const std::string& column : told) columns.push_back(parse_board_column(column));
  return choose_board_columns(parse_csv_file("board.csv", text), board, columns);
}

// What the column `name` with the cells 1 and 2 is taken for; absent: for nothing.
std::optional<BoardColumn> recognised(const std::string& name, const std::string& cells = "1,2") {
  std::string text = "\"" + name + "\",x\n";
  text += cells.substr(0, cells.find(',')) + ",a\n" + cells.substr(cells.find(',') + 1) + ",b\n";
  const std::vector<BoardColumn> chosen = choose(text);
  if (chosen.empty()) return std::nullopt;
  CHECK(chosen.size() == 1);
  CHECK(chosen[0].column == name);
  return chosen[0];
}

void check_column(const std::optional<BoardColumn>& column, BoardRole role,
                  const std::string& target, double factor) {
  REQUIRE(column.has_value());
  CHECK(column->role == role);
  CHECK(column->target == target);
  CHECK(column->factor == Approx(factor));
}

// Of a column that was told.
void check_told(const std::string& text, BoardRole role, const std::string& target,
                const std::string& name, double factor) {
  CAPTURE(text);
  const BoardColumn column = parse_board_column(text);
  check_column(column, role, target, factor);
  CHECK(column.column == name);
}

std::string complaint(const std::string& text) {
  return error_text([&] { parse_board_column(text); });
}

}  // namespace

TEST_CASE("a column is told as ROLE=COLUMN, with its unit behind a colon") {
  check_told("time=t:ms", BoardRole::kTime, "", "t", 1e-3);
  check_told("time=t:iso", BoardRole::kTime, "", "t", 0.0);
  check_told("gpu=clk:MHz", BoardRole::kClock, "gpu", "clk", 1e6);
  check_told("cpu=c:kHz", BoardRole::kClock, "cpu", "c", 1e3);
  check_told("emc=e:GHz", BoardRole::kClock, "emc", "e", 1e9);
  check_told("load.gpu=util:%", BoardRole::kLoad, "gpu", "util", 0.01);
  check_told("load.cpu1=util:1", BoardRole::kLoad, "cpu1", "util", 1.0);
  check_told("power.VDD_IN=total:mW", BoardRole::kPower, "VDD_IN", "total", 1e-3);
  check_told("temp.cpu=t0:mC", BoardRole::kCelsius, "cpu", "t0", 1e-3);
}

TEST_CASE("a unit that is not told is that of the column's name, and open where that says none") {
  check_told("gpu=SM Clock (MHz)", BoardRole::kClock, "gpu", "SM Clock (MHz)", 1e6);
  check_told("power.VDD_IN=total_watts", BoardRole::kPower, "VDD_IN", "total_watts", 1.0);
  check_told("load.emc=busy percent", BoardRole::kLoad, "emc", "busy percent", 0.01);
  check_told("gpu=clk", BoardRole::kClock, "gpu", "clk", 0.0);
  check_told("gpu=clk_mw", BoardRole::kClock, "gpu", "clk_mw", 0.0);  // no unit of a clock
  check_told("gpu=a:b=c:MHz", BoardRole::kClock, "gpu", "a:b=c", 1e6);
}

TEST_CASE("what is no column is refused with what was given and what is allowed") {
  const std::string form = "expected ROLE=COLUMN[:UNIT], as in gpu=clk:MHz";
  CHECK(complaint("gpu") == "--column gpu: " + form);
  CHECK(complaint("gpu=") == "--column gpu=: " + form);
  const std::string roles =
      "there is no such role (there are: time, cpu, gpu, emc, load.cpu, load.gpu, load.emc, "
      "power.RAIL, temp.ZONE)";
  for (const char* text : {"fan=a", "=a", "GPU=a", "load.=a", "power=a", "times=a"}) {
    CHECK(complaint(text) == "--column " + std::string(text) + ": " + roles);
  }
  CHECK_THROWS_AS(parse_board_column("fan=a"), std::invalid_argument);
}

TEST_CASE("a wrong unit is refused with the units of that role, each once") {
  const auto refused = [](const std::string& text, const std::string& unit,
                          const std::string& allowed) {
    CHECK(complaint(text) == "--column " + text + ": there is no unit \"" + unit +
                                 "\" for it (there are: " + allowed + ")");
  };
  refused("time=t:min", "min", "s, ms, us, ns, iso");
  refused("gpu=c:mhz", "mhz", "Hz, kHz, MHz, GHz");
  refused("load.gpu=u:", "", "%, 1");
  refused("power.VDD_IN=p:kW", "kW", "W, mW, uW");
  refused("temp.cpu=t:F", "F", "C, mC");
}

TEST_CASE("a told role is the board's, or else of the requests") {
  for (const char* text : {"time=t", "cpu=c", "load.gpu=u", "power.VDD_IN", "temp.x=t"}) {
    CHECK(is_board_column(text));
  }
  for (const char* text : {"arrival=t0", "latency=l", "", "=t", "load=l", "power.=p"}) {
    CHECK_FALSE(is_board_column(text));
  }
}

TEST_CASE("names that speak of a clock, a power or an energy are told from others") {
  for (const char* name : {"GPU Freq", "sm_clock", "clk", "speed (MHz)", "Power TOT", "watts",
                           "energy", "joules", "p_mw", "W", "in_j"}) {
    CAPTURE(name);
    CHECK(says_reading(name));
  }
  for (const char* name : {"jetson_clocks", "name", "window", "temp", "mw2", "load", ""}) {
    CAPTURE(name);
    CHECK_FALSE(says_reading(name));
  }
}

TEST_CASE("clocks are recognised by name, and their unit by name or size") {
  check_column(recognised("gpu_mhz"), BoardRole::kClock, "gpu", 1e6);
  check_column(recognised("CPU Freq (kHz)"), BoardRole::kClock, "cpu", 1e3);
  check_column(recognised("emc_clk_hz"), BoardRole::kClock, "emc", 1.0);
  check_column(recognised("igpu0_curr_freq", "306000000,0"), BoardRole::kClock, "gpu", 1.0);
  check_column(recognised("gpu_freq", "306000,0"), BoardRole::kClock, "gpu", 1e3);
  check_column(recognised("gpu_freq", "306,0"), BoardRole::kClock, "gpu", 1e6);
  check_column(recognised("gpu_freq", "1.3,0.3"), BoardRole::kClock, "gpu", 1e9);
}

TEST_CASE("loads are shares where they have fractions and end at 1, else per cent") {
  check_column(recognised("gpu_load", "0.25,1"), BoardRole::kLoad, "gpu", 1.0);
  check_column(recognised("gpu_load", "0.25,1.5"), BoardRole::kLoad, "gpu", 0.01);
  check_column(recognised("gpu_load", "0,1"), BoardRole::kLoad, "gpu", 0.01);
  check_column(recognised("GPU", "50,99"), BoardRole::kLoad, "gpu", 0.01);
  check_column(recognised("cpu_util_share", "0,1"), BoardRole::kLoad, "cpu", 1.0);
  check_column(recognised("emc_pct", "0.5,1"), BoardRole::kLoad, "emc", 0.01);
  check_column(recognised("CPU1"), BoardRole::kLoad, "cpu0", 0.01);
  check_column(recognised("CPU2"), BoardRole::kLoad, "cpu1", 0.01);
  CHECK_FALSE(recognised("CPU3").has_value());  // the board has two
  CHECK_FALSE(recognised("CPU0").has_value());
}

TEST_CASE("rails are recognised with and without what boards and loggers put around them") {
  for (const char* name : {"VDD_IN_mw", "power_in_mw", "Power VDD_IN (mW)", "vdd_in_power_mw"}) {
    CAPTURE(name);
    check_column(recognised(name), BoardRole::kPower, "VDD_IN", 1e-3);
  }
  check_column(recognised("power_soc_w"), BoardRole::kPower, "VDD_SOC", 1.0);
  CHECK(recognised("VDD_IN").has_value());  // a board names nothing else so
  CHECK_FALSE(recognised("VDD_GPU_mw").has_value());
}

TEST_CASE("the module's power is that of the one rail that measures it") {
  for (const char* name : {"power", "Power TOT", "total_power", "module power"}) {
    CAPTURE(name);
    check_column(recognised(name), BoardRole::kPower, "VDD_IN", 1.0);
  }
  CHECK(choose("power,x\n1,2\n", {}, logged_board()).empty());  // the sum of two rails
}

TEST_CASE("powers beyond every board are milliwatts, and those beside them, too") {
  const auto chosen = choose("power_in,power_soc\n301,12\n5,3\n");
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].factor == 1e-3);
  CHECK(chosen[1].factor == 1e-3);
  for (const BoardColumn& column : choose("power_in,power_soc\n300,12\n5,3\n")) {
    CHECK(column.factor == 1.0);
  }
}

TEST_CASE("temperatures are of the zone that their name says, in their unit") {
  check_column(recognised("Temp cpu"), BoardRole::kCelsius, "cpu", 1.0);
  check_column(recognised("temp_gpu_mc"), BoardRole::kCelsius, "gpu", 1e-3);
  check_column(recognised("Temp tj (C)"), BoardRole::kCelsius, "tj", 1.0);
  CHECK_FALSE(recognised("temp").has_value());
}

TEST_CASE("the unit of a time is not settled by its values") {
  check_column(recognised("timestamp", "1700000000000,1700000001000"), BoardRole::kTime, "", 0.0);
  check_column(recognised("t_ms"), BoardRole::kTime, "", 1e-3);
}

TEST_CASE("a column of nothing but absent and odd cells still gets a unit") {
  check_column(recognised("gpu_freq", "n/a,off"), BoardRole::kClock, "gpu", 1e9);
  check_column(recognised("gpu_load", "inf,nan"), BoardRole::kLoad, "gpu", 0.01);
}

TEST_CASE("what was told comes first, and nothing is recognised in its place") {
  const auto chosen = choose("time,gpu_mhz,clk,gpu_pct\n1,306,510,5\n2,306,510,6\n",
                             {"gpu=clk:MHz", "time=gpu_pct"});
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].column == "clk");
  CHECK(chosen[1].column == "gpu_pct");
  CHECK(chosen[1].role == BoardRole::kTime);
}

TEST_CASE("of two columns that mean the same the first is taken") {
  const auto chosen = choose("gpu_freq,gpu_mhz\n306,510\n306,510\n");
  REQUIRE(chosen.size() == 1);
  CHECK(chosen[0].column == "gpu_freq");
}

TEST_CASE("a told column or rail that is not there is refused with those that are") {
  const std::string text = "# comment\na,b\n1,2\n";
  CHECK(error_text([&] { choose(text, {"gpu=z"}); }) ==
        "board.csv:2:1: no column \"z\" (there are: a, b)");
  CHECK(error_text([&] {
          choose(text, {"power.VDD=b"});
        }).starts_with("board.csv:2:1: small has no rail \"VDD\""));
  CHECK(
      error_text([&] { choose(text, {"power.VDD=b"}); }).ends_with("(there are: VDD_IN, VDD_SOC)"));
  CHECK_THROWS_AS(choose(text, {"gpu=z"}), LogError);
}

TEST_CASE("a column that is taken and named twice is refused") {
  CHECK(error_text([] { choose("gpu_freq,gpu_freq\n1,2\n"); }) ==
        "board.csv:1:1: two columns are named \"gpu_freq\"");
}
