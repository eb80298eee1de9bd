#include "tools/reports/replay_report.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace flyball;

namespace {

// A reading a second of a board that serves a request in each; figures as given.
std::vector<LogSample> samples(std::size_t count, double watts, double hertz, double latency) {
  std::vector<LogSample> all;
  for (std::size_t i = 0; i < count; ++i) {
    LogSample sample;
    sample.time_seconds = 100.0 + static_cast<double>(i);
    sample.watts = watts;
    sample.gpu_hz = hertz;
    sample.gpu_busy_seconds = 0.5 * static_cast<double>(i);
    sample.cpu_busy_seconds = 1.5 * static_cast<double>(i);
    sample.arrived = sample.served = sample.batches = i;
    if (i > 0) sample.latency_mean_seconds = sample.latency_max_seconds = latency;
    all.push_back(sample);
  }
  return all;
}

// Without power, GPU clock and requests.
std::vector<LogSample> blind_samples(std::size_t count) {
  std::vector<LogSample> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.emplace_back().time_seconds = static_cast<double>(i);
  }
  return all;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("both sides' figures stand beside one another, with what the replay is off by") {
  const auto log = samples(11, 10.0, 600e6, 0.2);
  const auto replay = samples(11, 11.0, 650e6, 0.1);
  const std::string text = to_text(replay_report(log, replay, 1));
  CAPTURE(text);
  CHECK(has_line(text, "                               log      replay        off by"));
  CHECK(has_line(text, "energy J                     100.0       110.0       +10.0 %"));
  CHECK(has_line(text, "mean GPU clock MHz             600         650       +50 MHz"));
  CHECK(has_line(text, "p50 latency s               0.2000      0.1000       -50.0 %"));
  CHECK(has_line(text, "p95 latency s               0.2000      0.1000       -50.0 %"));
  CHECK(has_line(text, "GPU busy %                    50.0        50.0   +0.0 points"));
  CHECK(has_line(text, "CPU cores busy                1.50        1.50        +0.00 "));
  CHECK(has_line(text, "late or given up %            0.00        0.00  +0.00 points"));
  CHECK(has_line(text, "requests served                 10          10              "));
  CHECK(text.find("by block") == std::string::npos);
}

TEST_CASE("what a side does not show is a dash, and null for programs") {
  const ReplayReport report = replay_report(blind_samples(5), blind_samples(5), 1);
  const std::string text = to_text(report);
  CAPTURE(text);
  CHECK(has_line(text, "energy J                         -           -             -"));
  CHECK(has_line(text, "mean GPU clock MHz               -           -             -"));
  CHECK(has_line(text, "p50 latency s                    -           -             -"));
  CHECK(has_line(text, "GPU busy %                       -           -             -"));
  const nlohmann::ordered_json json = to_json(report);
  for (const char* key :
       {"energy_joules", "gpu_hz", "latency_p50_seconds", "latency_p95_seconds", "gpu_busy"}) {
    CAPTURE(key);
    CHECK(json["overall"]["log"][key].is_null());
  }
  for (const char* key : {"energy_error", "gpu_hz_error", "latency_p95_error"}) {
    CHECK(json["overall"][key].is_null());
  }
}

TEST_CASE("blocks are as long in time, and begin where the one before ended") {
  const auto log = samples(21, 10.0, 600e6, 0.2);
  auto replay = samples(21, 10.0, 600e6, 0.2);
  for (std::size_t i = 11; i < replay.size(); ++i) replay[i].watts = 20.0;
  const ReplayReport report = replay_report(log, replay, 2);
  REQUIRE(report.blocks.size() == 2);
  CHECK(report.blocks[0].begin_seconds == 0.0);
  CHECK(report.blocks[1].begin_seconds == doctest::Approx(10.0));
  CHECK(report.blocks[0].comparison.energy_error() == doctest::Approx(0.0));
  CHECK(report.blocks[1].comparison.energy_error().value() > 0.9);
  const std::string text = to_text(report);
  CAPTURE(text);
  CHECK(has_line(text, "by block"));
  CHECK(has_line(
      text, "       0       10      100.0    +0.0 %       600       +0       0.2000    +0.0 %"));
  CHECK(to_json(report)["blocks"].size() == 2);
  CHECK(to_json(report)["blocks"][1]["begin_seconds"] == doctest::Approx(10.0));
  CHECK(to_json(report)["blocks"][1]["replay"]["seconds"] == doctest::Approx(10.0));
}

TEST_CASE("the verdict is what is allowed, or what is not within it") {
  const auto log = samples(11, 10.0, 600e6, 0.2);
  const ReplayReport good = replay_report(log, samples(11, 10.2, 610e6, 0.21), 1);
  CHECK(verdict_text(good) == "it replays: within 5 % energy, 100 MHz, 30 % p95 latency\n");
  CHECK(to_json(good)["replays"] == true);
  CHECK(to_json(good)["shortcomings"].empty());
  ReplayReport bad = replay_report(log, samples(11, 12.0, 610e6, 0.5), 1);
  REQUIRE(bad.shortcomings().size() == 2);
  CHECK(verdict_text(bad) ==
        "it does not replay:\n  " + bad.shortcomings()[0] + "\n  " + bad.shortcomings()[1] + "\n");
  CHECK(to_json(bad)["replays"] == false);
  CHECK(to_json(bad)["shortcomings"].size() == 2);
  bad.tolerances = {0.5, 2e8, 2.0};
  CHECK(verdict_text(bad) == "it replays: within 50 % energy, 200 MHz, 200 % p95 latency\n");
}

TEST_CASE("what a replay takes from the log is said, and nothing where that is nothing") {
  const std::vector<Occupation> first_uses = {{20.0, 3.0, 25.0}, {40.0, 2.0, 20.0}};
  CHECK(first_uses_text(first_uses) ==
        "taken from the log: 2 times the server tuned itself, 5.0 s and 115 J in all\n");
  CHECK(first_uses_text({}).empty());
  CHECK(to_json(first_uses).size() == 2);
  CHECK(to_json(first_uses)[1]["watts"] == 20.0);
}

TEST_CASE("an interval stands by every figure, and blocks that disagree are said") {
  const auto log = samples(81, 5.0, 5e8, 0.1);
  const ReplayReport same = replay_report(log, samples(81, 5.1, 5e8, 0.1), 1);
  CHECK(judgement_text(same) ==
        "95 % by blocks: energy +2.0 .. +2.0 %, GPU clock +0.0 .. +0.0 MHz, p95 latency "
        "+0.0 .. +0.0 %\n");
  CHECK(to_json(same)["verdict"] == "replays");
  auto torn = log;
  for (std::size_t i = 0; i < torn.size(); ++i) torn[i].watts = i % 20 < 10 ? 4.0 : 6.0;
  const ReplayReport disagrees = replay_report(log, torn, 1);
  CHECK(judgement_text(disagrees).find("cannot tell: the log's blocks disagree") !=
        std::string::npos);
  CHECK(to_json(disagrees)["verdict"] == "cannot tell");
  CHECK(to_json(disagrees)["energy_error_between"][0].get<double>() < -0.05);
  CHECK(to_json(replay_report(blind_samples(81), blind_samples(81), 1))["energy_error_between"]
            .is_null());
}
