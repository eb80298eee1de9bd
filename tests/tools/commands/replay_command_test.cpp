// flyball replay as a user would run it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "env/logs/telemetry_log.h"
#include "env/text_file.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

void simulate(const std::string& scenario, const std::string& log) {
  const Outcome outcome =
      flyball_stdout(fmt::format("simulate --scenario {} --duration 300 -o {}", scenario, log));
  REQUIRE(outcome.exit_code == 0);
}

}  // namespace

TEST_CASE("a log is replayed by the workload it was made with: settings, arrivals and all") {
  const TemporaryFile log;
  for (const char* const scenario : {"quickstart", "street-tx2"}) {
    CAPTURE(scenario);
    simulate(scenario, log.path());
    const std::string workload =
        std::string(scenario) == "quickstart" ? "resnet18" : "efficientnet_b4";
    const Outcome outcome =
        flyball_stdout(fmt::format("replay --log {} --workload {} --json", log.path(), workload));
    CHECK(outcome.exit_code == 0);
    const auto json = nlohmann::json::parse(outcome.output);
    CHECK(json["replays"] == true);
    CHECK(json["blocks"].size() == 8);
    const auto& overall = json["overall"];
    CHECK(std::abs(overall["energy_error"].get<double>()) < 0.01);
    CHECK(std::abs(overall["gpu_hz_error"].get<double>()) < 20e6);
    CHECK(std::abs(overall["latency_p95_error"].get<double>()) < 0.05);
    CHECK(overall["log"]["served"].get<double>() ==
          doctest::Approx(overall["replay"]["served"].get<double>()).epsilon(0.01));
  }
}

TEST_CASE("a replay is written as a trace, too, says the same and leaves its log alone") {
  const TemporaryFile log;
  const TemporaryFile trace;
  simulate("street-tx2", log.path());
  const std::string before = read_text_file(log.path());
  const std::string command = fmt::format("replay --log {} --workload efficientnet_b4", log.path());
  const Outcome plain = flyball_stdout(command);
  const Outcome traced = flyball_stdout(command + " --trace " + trace.path());
  CHECK(traced.exit_code == 0);
  CHECK(traced.output == plain.output);
  const auto events = nlohmann::json::parse(read_text_file(trace.path()))["traceEvents"];
  CHECK(events[0]["args"]["name"] == "replay");
  CHECK(std::ranges::count_if(events, [](const auto& event) {
          return event["ph"] == "X" && event["tid"] == 1;
        }) > 100);
  CHECK(flyball_stderr(command + " --trace " + log.path()).exit_code == 2);
  CHECK(read_text_file(log.path()) == before);
}

TEST_CASE("another board does not replay: exit code 1, and what is off") {
  const TemporaryFile log;
  simulate("street-tx2", log.path());
  const Outcome outcome = flyball_stdout(fmt::format(
      "replay --log {} --workload efficientnet_b4 --set board.electrical.base_watts=0.5",
      log.path()));
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.output.find("it does not replay:\n  energy is off by -") != std::string::npos);
}

TEST_CASE("a part of the log behind a gap is left out, and said") {
  const TemporaryFile file;
  simulate("street-tx2", file.path());
  TelemetryLog log = read_telemetry_log(file.path());
  log.rows[500].truncated = true;
  for (std::size_t i = 501; i < log.rows.size(); ++i) log.rows[i].truncated = false;
  write_telemetry_log(file.path(), log);
  const Outcome outcome =
      flyball_stderr(fmt::format("replay --log {} --workload efficientnet_b4", file.path()));
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output.find("2499 of 3000 rows") != std::string::npos);
}

TEST_CASE("a log without requests, and another board, are refused with exit code 3") {
  const TemporaryFile file;
  simulate("street-tx2", file.path());
  const std::string arguments =
      fmt::format("replay --log {} --workload efficientnet_b4", file.path());
  const Outcome board = flyball_stderr(arguments + " --board xavier-nx-8gb");
  CHECK(board.exit_code == 3);
  CHECK(board.output.find("the log is of tx2-8gb, the board is xavier-nx-8gb") !=
        std::string::npos);
  TelemetryLog log = read_telemetry_log(file.path());
  log.header.plant.has_application = false;
  for (TelemetryRow& row : log.rows) row.telemetry.application.clear();
  write_telemetry_log(file.path(), log);
  const Outcome requests = flyball_stderr(arguments);
  CHECK(requests.exit_code == 3);
  CHECK(requests.output.find("says nothing of requests") != std::string::npos);
}
