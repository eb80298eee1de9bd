#include "env/logs/board_csv.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/importer.h"
#include "env/logs/log_error.h"

using namespace flyball;

namespace {

Board small_board() {
  Board board;
  board.id = "small";
  board.cpus = 2;
  board.domains = {{"cpu0", DomainKind::kCpu, {729.6e6, 1190.4e6}, 0.001, {0, 1}},
                   {"gpu", DomainKind::kGpu, {306e6, 1020e6}, 0.005, {}},
                   {"emc", DomainKind::kEmc, {204e6, 2133e6}, 0.008, {}}};
  board.knobs = {{"cpu", {729.6e6, 1190.4e6}, {0}},
                 {"gpu", {306e6, 1020e6}, {1}},
                 {"emc", {204e6, 2133e6}, {2}}};
  board.rails = {"VDD_IN", "VDD_SOC"};
  board.module_rails = {0};
  board.zones = {{"cpu", {}, {}}};
  board.modes = {{0, "MAXN", 2, {}, {}, {}, {}, {}}};
  return board;
}

BoardCsv read(const std::string& text, const std::vector<std::string>& told = {},
              const TegrastatsOptions& options = {}) {
  std::vector<BoardColumn> columns;
  for (const std::string& column : told) columns.push_back(parse_board_column(column));
  return parse_board_csv("board.csv", text, small_board(), columns, options);
}

std::string complaint(const std::string& text, const std::vector<std::string>& told = {}) {
  try {
    read(text, told);
  } catch (const LogError& error) {
    const std::string message = error.what();
    return message.substr(message.find(".") == std::string::npos ? 0 : message.find(":") + 1);
  }
  return "nothing";
}

bool mentions(const BoardCsv& csv, const std::string& part) {
  for (const std::string& note : csv.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("jtop's logger is read, and said to hold no clocks") {
  const BoardCsv csv = read(
      "time,uptime,CPU1,CPU2,RAM,EMC,GPU,Temp cpu,Power VDD_SOC,Power TOT,jetson_clocks,nvp model\n"
      "2026-02-03 10:00:00.25,1:02:03,12,OFF,0.4,0.12,87,51.5,2490,14120,OFF,25W\n"
      "2026-02-03 10:00:01.25,1:02:04,14,OFF,0.4,0.13,91,51.6,2510,14410,OFF,25W\n");
  REQUIRE(csv.log.samples.size() == 2);
  const TegrastatsLine& line = csv.log.samples[0].values;
  CHECK(line.cpus.at(0).load == doctest::Approx(0.12));
  CHECK_FALSE(line.cpus.at(1).online);
  CHECK(line.find_engine("GR3D_FREQ")->load == doctest::Approx(0.87));
  CHECK(line.find_engine("EMC_FREQ")->load == doctest::Approx(0.12));
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.empty());
  CHECK(line.find_rail("VDD_IN")->now_watts == doctest::Approx(14.12));
  CHECK(line.find_rail("VDD_SOC")->now_watts == doctest::Approx(2.49));
  CHECK(line.temperatures.at(0).celsius == 51.5);
  CHECK(mentions(csv, "jtop's logger holds no clocks"));
  ImportConfig config;
  config.board = small_board();
  const Import imported = import_logs(config, csv.log, {});
  CHECK(*imported.log.rows[0].telemetry.total_watts == doctest::Approx(14.12));
  CHECK(imported.log.header.plant.domains.empty());
}

TEST_CASE("parsed tegrastats is read by its names") {
  const BoardCsv csv = read(
      "t_ms,ram_mb_used,cpu_avg_pct,gpu_pct,gpu_freq_mhz,emc_freq_mhz,power_soc_mw,power_in_mw\n"
      "0,519,1.5,0,1018,2133,2308,5971\n100,518,1.5,99,1018,2133,2308,16011\n");
  REQUIRE(csv.log.samples.size() == 2);
  CHECK(csv.log.interval_seconds == doctest::Approx(0.1));
  const TegrastatsLine& line = csv.log.samples[1].values;
  CHECK(line.find_engine("GR3D_FREQ")->load == doctest::Approx(0.99));
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.at(0) == 1018e6);
  CHECK(line.find_rail("VDD_IN")->now_watts == doctest::Approx(16.011));
  CHECK(mentions(csv, "no column holds the clock of cpu"));
}

TEST_CASE("columns that are told are taken with their units") {
  const BoardCsv csv = read("a;b;c;d\n10:00:00;1,19;306000;4,5\n10:00:01;1,19;306000;4,5\n",
                            {"time=a", "cpu=b:GHz", "gpu=c:kHz", "power.VDD_IN=d:W"});
  const TegrastatsLine& line = csv.log.samples.at(0).values;
  CHECK(line.stamp->kind == StampKind::kTimeOfDay);
  CHECK(line.cpus.at(1).frequency_hz == doctest::Approx(1.19e9));
  CHECK_FALSE(line.cpus.at(1).load.has_value());
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.at(0) == 306e6);
  CHECK(line.find_rail("VDD_IN")->now_watts == 4.5);
  CHECK_THROWS_AS(parse_board_column("power.VDD_IN=d:kW"), std::invalid_argument);
  CHECK_THROWS_AS(parse_board_column("fan=d"), std::invalid_argument);
  CHECK(complaint("a,b\n1,2\n", {"power.NOSUCH=b"}).find("small has no rail \"NOSUCH\"") !=
        std::string::npos);
}

TEST_CASE("clocks and loads that no column shows are absent from the import") {
  const BoardCsv csv = read("time,gpu_mhz,power_in_w\n1,1020,5\n2,1020,5\n3,306,5\n");
  ImportConfig config;
  config.board = small_board();
  const Import imported = import_logs(config, csv.log, {});
  CHECK(imported.log.header.plant.domains.size() == 1);
  CHECK_FALSE(imported.log.rows[0].telemetry.cpus.has_value());
  CHECK(imported.log.rows[0].telemetry.domains->at(0).effective_hz == 1020e6);
  CHECK_FALSE(imported.log.rows[0].telemetry.domains->at(0).utilization.has_value());
  CHECK(*imported.report.energy_joules == doctest::Approx(15.0));
}

TEST_CASE("a table of nothing that is known says which columns to name") {
  const std::string message = complaint("time,GPU+SOC,I/O (5V0)\n0.05,4001.6,4830.7\n");
  CHECK(message.find("--column ROLE=NAME:UNIT") != std::string::npos);
  CHECK(message.find("GPU+SOC") != std::string::npos);
  CHECK(complaint("time,gpu_mhz\n1,fast\n").find("expected a number") != std::string::npos);
  CHECK(complaint("time,gpu_pct\n1,250\n").find("a load from 0 to 100 %") != std::string::npos);
}

TEST_CASE("readings that were not taken are named") {
  const BoardCsv csv = read("time,gpu_mhz,sm_clock,energy_j,name\n0,306,306,1,a\n1,306,306,2,a\n");
  CHECK(mentions(csv, "not used: sm_clock, energy_j (--column"));
  CHECK_FALSE(mentions(read("time,gpu_mhz,power\n0,306,5\n1,306,5\n"), "not used"));
}

TEST_CASE("a cell that says there is no value is absent, and never 0") {
  const BoardCsv csv = read("time,gpu_mhz,VDD_IN_mw\n0,306,5000\n1,N/A,nan\n2,306,\n");
  REQUIRE(csv.log.samples.size() == 3);
  CHECK(csv.log.samples[0].values.rails.size() == 1);
  CHECK(csv.log.samples[1].values.rails.empty());
  CHECK(csv.log.samples[1].values.engines.empty());
  CHECK(csv.log.samples[2].values.rails.empty());
}

TEST_CASE("a time with a decimal comma is read, and rows out of order are sorted") {
  const BoardCsv csv = read("time;gpu_mhz\n1611705800,25;306,0\n1611705801,75;1020,5\n");
  CHECK(csv.log.samples.at(1).time_seconds == 1.5);
  const BoardCsv shuffled = read("time,gpu_mhz\n0,306\n1,306\n3,306\n2,1020\n4,306\n");
  CHECK(shuffled.log.interval_seconds == 1.0);
  CHECK(shuffled.log.samples.at(2).line == 5);
  CHECK_FALSE(shuffled.log.samples.at(2).last_of_run);
}

TEST_CASE("tegrastats' own output is told from tables") {
  CHECK(is_tegrastats("RAM 1/2MB CPU [1%@7]\n"));
  CHECK(is_tegrastats("[10:00:00] RAM 1/2MB CPU [1%@7\n"));
  CHECK(is_tegrastats(""));
  CHECK_FALSE(is_tegrastats("time,RAM,CPU1\n1,2,3\n"));
}

TEST_CASE("a time without a unit is taken in seconds, which is said, and never in minutes apart") {
  CHECK(mentions(read("time,gpu_mhz,VDD_IN (mW)\n0,306,3000\n0.5,306,3000\n1,306,3000\n"),
                 "time is the time in s"));
  const std::string text = "time,gpu_mhz,VDD_IN (mW)\n0,306,3000\n500,306,3000\n1000,306,3000\n";
  CHECK(complaint(text).find("if the column time is in seconds, the rows are 500 s apart: tell its "
                             "unit, as in --column time=time:ms") != std::string::npos);
  CHECK(read(text, {"time=time:ms"}).log.interval_seconds == doctest::Approx(0.5));
  CHECK(read(text, {"time=time:s"}).log.interval_seconds == doctest::Approx(500.0));
}

TEST_CASE("micro signs and percent signs of a header are units") {
  const BoardCsv csv = read(
      "time (\u00b5s),gpu load (%),VDD_IN (\u00b5W)\n0,0.4,3000000\n500000,0.5,3000000\n"
      "1000000,0.5,3000000\n");
  CHECK(csv.log.interval_seconds == doctest::Approx(0.5));
  CHECK(csv.log.samples[0].values.engines.at(0).load == doctest::Approx(0.004));
  CHECK(csv.log.samples[0].values.rails.at(0).now_watts == doctest::Approx(3.0));
}

TEST_CASE("a last line without an end is used, and said to be perhaps cut") {
  const std::string text = "time,gpu_mhz\n0,306\n1,306\n2,306";
  CHECK(mentions(read(text), "line 4 has no end: its last value may be cut"));
  CHECK_FALSE(mentions(read(text + "\n"), "has no end"));
}

TEST_CASE("tegrastats in columns, and rails by their bare names, are read") {
  const BoardCsv parsed = read(
      "Time (mS),CPU 0 Load (%),CPU 0 Frequency (MHz),CPU 1 Load (%),CPU 1 Frequency (MHz),"
      "GR3D Frequency (MHz),VDD_IN Current Power (mW)\n"
      "0,10,1190,20,1190,306,3000\n500,10,1190,20,1190,306,3000\n1000,10,729,20,729,306,3000\n");
  const TegrastatsLine& line = parsed.log.samples[0].values;
  CHECK(line.cpus.at(0).load == doctest::Approx(0.1));
  CHECK(line.cpus.at(1).load == doctest::Approx(0.2));
  CHECK(line.cpus.at(0).frequency_hz == doctest::Approx(1190e6));
  CHECK(line.engines.at(0).frequencies_hz.at(0) == doctest::Approx(306e6));
  CHECK(line.rails.at(0).now_watts == doctest::Approx(3.0));
  const BoardCsv bare = read("time;gpu_mhz;VDD_IN;VDD_SOC\n0;306;3000;900\n1;306;3100;900\n");
  CHECK(bare.log.samples[0].values.rails.at(0).now_watts == doctest::Approx(3.0));
  CHECK(bare.log.samples[0].values.rails.at(1).now_watts == doctest::Approx(0.9));
}
