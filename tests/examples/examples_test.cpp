// The examples as their users meet them: beside a running flyballd.
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "env/logs/telemetry_log.h"
#include "tests/tools/daemon/daemon_bench.h"

using namespace flyball;

namespace {

const std::string kLink = "run/flyball/application/link";

// Runs `program` for `seconds` on the bench's board and flyballd beside it for half of that, once
// there is a link; returns the last row of flyballd's log.
TelemetryRow last_row(const Bench& bench, std::vector<std::string> program, double seconds) {
  const std::filesystem::path root = bench.tree().root();
  std::filesystem::create_directories(root / "run/flyball");
  std::filesystem::permissions(root / "run/flyball", std::filesystem::perms(0755));
  std::vector<std::string> arguments = {
      "/usr/bin/env",
      "FLYBALL_APPLICATION=" + (root / kLink).parent_path().string(),
      "FLYBALL_LINK_LIBRARY=" LINK_LIBRARY,
      "PYTHONPATH=" FLYBALL_SOURCE_DIR "/env/jetson/link/python",
  };
  arguments.insert(arguments.end(), program.begin(), program.end());
  arguments.push_back(std::to_string(seconds));
  ChildProcess application(arguments, bench.log_path() + ".application");
  REQUIRE(application.wait_until([&] { return std::filesystem::exists(root / kLink); }));
  ChildProcess daemon = bench.start("run", {"--for", std::to_string(seconds / 2.0), "--sample",
                                            "0.05", "--log", bench.log_path()});
  CHECK(daemon.wait() == 0);
  CHECK(bench.says("requests are reported by the link " + (root / kLink).string()));
  CHECK(application.wait() == 0);
  CHECK(bench.is_as_before());
  return read_telemetry_log(bench.log_path()).rows.back();
}

}  // namespace

TEST_CASE("the closed loop reports its batches to flyballd") {
  const Bench bench;
  const auto row = last_row(bench, {CLOSED_LOOP}, 2.0);
  REQUIRE(row.telemetry.application);
  CHECK(row.telemetry.application->served > 0);
  CHECK(row.telemetry.application->batch_effective == 4.0);
  CHECK_FALSE(row.telemetry.application->deadline_seconds);
  CHECK(row.telemetry.application->in_system_seconds > 0.0);
}

TEST_CASE("the camera reports its frames to flyballd") {
  const Bench bench;
  const auto row = last_row(bench, {PYTHON, FLYBALL_SOURCE_DIR "/tests/examples/camera.py"}, 2.0);
  REQUIRE(row.telemetry.application);
  CHECK(row.telemetry.application->arrived > 0);
  CHECK(row.telemetry.application->in_system_seconds > 0.0);
}

TEST_CASE("the server that learns on is let train by flyballd, and has learned at its end") {
  int before = 0;
  int after = 0;
  int at_the_end = 0;
  int minibatches = 0;
  // On a machine that is busy otherwise there may be no time to train in: then it is tried again.
  for (int attempt = 0; attempt < 5 && minibatches <= 5; ++attempt) {
    const Bench bench;
    const auto row = last_row(bench, {FINE_TUNING}, 6.0);
    REQUIRE(row.telemetry.application);
    CHECK(row.telemetry.application->deadline_seconds.value_or(0.1) == 0.1);
    std::ifstream in(bench.log_path() + ".application");
    std::string line;
    REQUIRE(std::getline(in, line));
    REQUIRE(std::sscanf(line.c_str(),
                        "fine_tuning: right before the change %d %%, after it %d %%, at the end %d",
                        &before, &after, &at_the_end) == 3);
    REQUIRE(std::getline(in, line));
    REQUIRE(std::sscanf(line.c_str(), "fine_tuning: %d minibatches", &minibatches) == 1);
  }
  CHECK(minibatches > 5);
  CHECK(before > 80);
  CHECK(at_the_end > 80);
}

TEST_CASE("the examples work where nothing can be reported") {
  const Bench bench;
  for (const std::vector<std::string>& program :
       {std::vector<std::string>{CLOSED_LOOP}, std::vector<std::string>{FINE_TUNING},
        std::vector<std::string>{PYTHON, FLYBALL_SOURCE_DIR "/tests/examples/camera.py"}}) {
    std::vector<std::string> arguments = {"/usr/bin/env", "FLYBALL_APPLICATION=/proc/none/at/all",
                                          "FLYBALL_LINK_LIBRARY=" LINK_LIBRARY,
                                          "PYTHONPATH=" FLYBALL_SOURCE_DIR
                                          "/env/jetson/link/python"};
    arguments.insert(arguments.end(), program.begin(), program.end());
    arguments.emplace_back("0.2");
    ChildProcess application(arguments, bench.log_path());
    CHECK(application.wait() == 0);
    std::ifstream in(bench.log_path());
    std::string line;
    CHECK(std::getline(in, line));
    CHECK(line.find("requests are not reported: No such file or directory") != std::string::npos);
  }
}
