#include "tools/reports/sweep_report.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace flyball;

namespace {

RunFigures figures(double joules, double latency) {
  RunFigures figures;
  figures.energy_joules = joules;
  figures.seconds = 10.0;
  figures.mean_power_watts = joules / 10.0;
  figures.latency_mean_seconds = latency;
  figures.served = 100;
  figures.energy_per_request = joules / 100.0;
  return figures;
}

// Two CPU and two GPU levels; stock takes 100 J and 0.2 s.
SweepReport sample_report() {
  SweepReport report;
  report.board = "nano-4gb";
  report.board_title = "Jetson Nano";
  report.mode = 0;
  report.workload = "resnet18";
  report.requests = 100;
  report.batch = 4;
  report.knobs = {{"cpu", {0.5e9, 1e9}, {0}}, {"gpu", {200e6, 400e6}, {1}}};
  report.stock = figures(100.0, 0.2);
  report.table.points = {{{0, 0}, figures(90.0, 0.4), {}},
                         {{0, 1}, figures(80.0, 0.3), {}},
                         {{1, 0}, figures(120.0, 0.35), {}},
                         {{1, 1}, figures(96.0, 0.1), {}}};
  report.table.best = 1;
  report.front = {3, 1};
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// As `line`, whatever spaces are between the words.
std::string words_of(const std::string& line) {
  std::string words;
  for (const char c : line) {
    if (c == ' ' && (words.empty() || words.back() == ' ')) continue;
    words += c;
  }
  return words;
}

}  // namespace

TEST_CASE("people see stock, the minimum, the front and energy over both clocks") {
  const std::vector<std::string> lines = lines_of(to_text(sample_report()));
  REQUIRE(lines.size() == 12);
  CHECK(lines[0] == "Jetson Nano, mode 0, resnet18: 4 settings, 100 requests in batches of 4");
  CHECK(words_of(lines[1]) == "energy J time s W latency s saving latency");
  CHECK(words_of(lines[2]) == "stock 100.00 10.00 10.00 0.2000 +0.0 % +0.0 %");
  CHECK(lines[3] == "minimum of 4 settings");
  CHECK(words_of(lines[4]) == "cpu 500 gpu 400 MHz 80.00 10.00 8.00 0.3000 +20.0 % +50.0 %");
  CHECK(lines[5] == "Pareto front of energy and latency, fastest first");
  CHECK(words_of(lines[6]) == "cpu 1000 gpu 400 MHz 96.00 10.00 9.60 0.1000 +4.0 % -50.0 %");
  CHECK(words_of(lines[7]).starts_with("cpu 500 gpu 400 MHz 80.00 "));
  CHECK(lines[8] == "energy, % above the minimum");
  CHECK(lines[9] == "  cpu\\gpu   200   400 MHz");
  CHECK(lines[10] == "      500  12.5   0.0");
  CHECK(lines[11] == "     1000  50.0  20.0");
}

TEST_CASE("columns stand below one another, whatever the setting's name") {
  const std::vector<std::string> lines = lines_of(to_text(sample_report()));
  for (const std::size_t line : {2, 4, 6, 7}) CHECK(lines[line].size() == lines[1].size());
}

TEST_CASE("without limits of a mode it is the full tables") {
  SweepReport report = sample_report();
  report.mode.reset();
  CHECK(to_text(report).starts_with("Jetson Nano, mode max, "));
  CHECK(to_json(report)["nvpmodel"] == "max");
}

TEST_CASE("where no setting keeps the limits there is no minimum, and no map") {
  SweepReport report = sample_report();
  report.table.best.reset();
  report.front.clear();
  const std::string text = to_text(report);
  CHECK(text.find("minimum") == std::string::npos);
  CHECK(text.ends_with("Pareto front of energy and latency, fastest first\n"));
  CHECK_FALSE(to_json(report).contains("minimum"));
  CHECK_FALSE(to_json(report).contains("pareto"));
}

TEST_CASE("a setting whose work did not end has no place in the map") {
  SweepReport report = sample_report();
  report.table.points[2].figures.finished = false;
  CHECK(lines_of(to_text(report)).back() == "     1000     -  20.0");
}

TEST_CASE("with a third knob the map shows its best level") {
  SweepReport report = sample_report();
  report.knobs.push_back({"emc", {0.8e9, 1.6e9}, {2}});
  for (OraclePoint& point : report.table.points) point.levels.push_back(0);
  report.table.points.push_back({{1, 0, 1}, figures(88.0, 0.3), {}});
  const std::vector<std::string> lines = lines_of(to_text(report));
  CHECK(std::count(lines.begin(), lines.end(),
                   "energy, % above the minimum, at the best memory clock") == 1);
  CHECK(lines.back() == "     1000  10.0  20.0");
}

TEST_CASE("a map of many frequencies shows every so many, so that it fits a screen") {
  SweepReport report = sample_report();
  report.knobs[1].levels.clear();
  report.table.points.clear();
  for (Level gpu = 0; gpu < 45; ++gpu) {
    report.knobs[1].levels.push_back(1e6 * (gpu + 1));
    report.table.points.push_back({{0, gpu}, figures(80.0, 0.3), {}});
  }
  report.table.best = 0;
  report.front = {0};
  const std::vector<std::string> lines = lines_of(to_text(report));
  CHECK(words_of(lines[lines.size() - 2]) ==
        "cpu\\gpu 1 4 7 10 13 16 19 22 25 28 31 34 37 40 43 MHz");
}

TEST_CASE("a table for programs has a line per setting, units in its names, to the last digit") {
  SweepReport report = sample_report();
  report.table.points[0].figures.energy_per_request = 1.0 / 3.0;
  const std::vector<std::string> lines = lines_of(to_csv(report));
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] ==
        "cpu_hz,gpu_hz,batch,requests_per_second,energy_per_request_joules,mean_power_watts,"
        "latency_mean_seconds,saving_share,latency_change_share,pareto");
  CHECK(lines[1].starts_with("500000000,200000000,4,10,0.3333333333333333,9,0.4,"));
  CHECK(lines[1].ends_with(",0"));
  CHECK(lines[2] == "500000000,400000000,4,10,0.8,8,0.3,0.19999999999999996,0.4999999999999998,1");
  CHECK(lines[4].ends_with(",1"));
}

TEST_CASE("a document for programs has every setting, the minimum and the front") {
  const nlohmann::ordered_json json = to_json(sample_report());
  CHECK(json["flyball"] == FLYBALL_VERSION);
  CHECK(json["board"] == "nano-4gb");
  CHECK(json["nvpmodel"] == 0);
  CHECK(json["workload"] == "resnet18");
  CHECK(json["requests"] == 100);
  CHECK(json["batch"] == 4);
  CHECK(json["stock"]["energy_joules"] == 100.0);
  REQUIRE(json["points"].size() == 4);
  CHECK(json["points"][2]["cpu_hz"] == 1e9);
  CHECK(json["points"][2]["gpu_hz"] == 200e6);
  CHECK(json["minimum"] == json["points"][1]);
  CHECK(json["minimum"]["saving"] == doctest::Approx(0.2));
  CHECK(json["minimum"]["latency_change"] == doctest::Approx(0.5));
  REQUIRE(json["pareto"].size() == 2);
  CHECK(json["pareto"][0] == json["points"][3]);
}
