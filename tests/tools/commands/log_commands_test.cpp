// `flyball import` and `flyball reproduce` as a user meets them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "env/logs/telemetry_log.h"
#include "env/text_file.h"
#include "tests/support/program_run.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

std::string nano_line(const char* watts) {
  return fmt::format(
      "RAM 1/2MB (lfb 2x2MB) CPU [5%@1224,4%@1224,3%@1224,6%@1224] EMC_FREQ 0%@1600 "
      "GR3D_FREQ 0%@76 CPU@40C POM_5V_IN {}/1628 POM_5V_GPU 0/0 POM_5V_CPU 366/406\n",
      watts);
}

}  // namespace

TEST_CASE("simulate writes the run as a trace, too, and the log is the same as without") {
  const TemporaryFile log;
  const TemporaryFile same;
  const TemporaryFile trace;
  const std::string common = "simulate --scenario quickstart --duration 20 2>/dev/null -o ";
  REQUIRE(run_program("flyball", common + same.path()).exit_code == 0);
  REQUIRE(run_program("flyball", common + log.path() + " --trace " + trace.path()).exit_code == 0);
  CHECK(read_text_file(log.path()) == read_text_file(same.path()));
  const auto events = nlohmann::json::parse(read_text_file(trace.path()))["traceEvents"];
  std::size_t batches = 0;
  std::size_t watts = 0;
  for (const auto& event : events) {
    if (event["ph"] == "X" && event["tid"] == 1) ++batches;
    if (event["ph"] == "C" && event["name"] == "power") ++watts;
  }
  CHECK(batches > 5);
  CHECK(watts > 20);
}

TEST_CASE("a trace of several modes, or in the log's own file, is refused") {
  const TemporaryFile log;
  const auto refused = [&](const std::string& options) {
    const Outcome outcome = run_program(
        "flyball", fmt::format("simulate --scenario quickstart --duration 20 -o {} {} 2>&1",
                               log.path(), options));
    CHECK(outcome.exit_code == 2);
    return outcome.output;
  };
  CHECK(refused("--modes 0,1 --trace /tmp/t.json").find("--trace: a log of several --modes") !=
        std::string::npos);
  CHECK(refused("--trace " + log.path()).find("is where the log is written") != std::string::npos);
}

TEST_CASE("import writes a telemetry log and reports the lines that did not parse") {
  const TemporaryFile recording(nano_line("2000") + "RAM 1/2MB (lfb 2x2MB) CPU [5%@\n" +
                                nano_line("4000"));
  const TemporaryFile log;
  const std::string arguments = fmt::format(
      "import --board nano-4gb --tegrastats {} --interval 0.5 -o {}", recording.path(), log.path());
  const Outcome json = run_program("flyball", arguments + " --json 2>/dev/null");
  CHECK(json.exit_code == 0);
  const auto report = nlohmann::json::parse(json.output);
  CHECK(report["samples"] == 2);
  CHECK(report["energy_joules"] == doctest::Approx(3.0 * 1.0 + 4.0 * 0.5));
  REQUIRE(report["failed_lines"].size() == 1);
  CHECK(report["failed_lines"][0]["line"] == 2);
  const Outcome errors = run_program("flyball", arguments + " 2>&1 >/dev/null");
  CHECK(errors.output == "flyball import: " + recording.path() +
                             ":2:31: expected a frequency in MHz; the line is left out\n");
  const TelemetryLog back = read_telemetry_log(log.path());
  CHECK(back.rows.size() == 2);
  CHECK(back.header.plant.board == "nano-4gb");
  CHECK(back.rows[0].telemetry.domains->back().effective_hz == 1600e6);
}

TEST_CASE("import refuses what it cannot read with exit code 3, and a bad command line with 2") {
  CHECK(run_program("flyball",
                    "import --board nano-4gb --tegrastats /nowhere -o /nowhere 2>/dev/null")
            .exit_code == 3);
  CHECK(run_program("flyball", "import --board nano-4gb 2>/dev/null").exit_code == 2);
  const TemporaryFile recording(nano_line("2000"));
  const Outcome outcome = run_program(
      "flyball",
      fmt::format("import --board nano-4gb --tegrastats {} -o - 2>&1", recording.path()));
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.find("give the interval that tegrastats ran with (--interval)") !=
        std::string::npos);
}

TEST_CASE("--start says when the first line was written, --column what a request's columns mean") {
  std::string lines;
  for (int i = 0; i < 6; ++i) lines += nano_line("2000");
  const TemporaryFile recording(lines);
  const TemporaryFile requests("t0,took\n1611705800250,100000\n1611705801000,300000\n");
  const TemporaryFile log;
  const std::string command = fmt::format(
      "import --board nano-4gb --tegrastats {} --interval 500ms --requests {} -o {} --json ",
      recording.path(), requests.path(), log.path());
  const std::string columns = "--column arrival=t0:ms --column latency=took:us ";
  const Outcome joined = flyball_stdout(command + columns + "--start 2021-01-27T00:03:20Z");
  REQUIRE(joined.exit_code == 0);
  CHECK(nlohmann::json::parse(joined.output)["requests"]["served"] == 2);
  const TelemetryLog back = read_telemetry_log(log.path());
  REQUIRE(back.rows.size() == 6);
  CHECK(back.rows[1].telemetry.application->served == 1);
  CHECK(back.rows[3].telemetry.application->served == 2);
  CHECK(back.rows[5].telemetry.application->in_system_seconds == doctest::Approx(0.4));

  const auto refusal = [&](const std::string& more) { return flyball_stderr(command + more); };
  CHECK(refusal(columns).output.find("say with --start when the first one was written") !=
        std::string::npos);
  CHECK(refusal(columns).exit_code == 3);
  CHECK(refusal("--start 1611705800 --column arrival=t0:years").exit_code == 2);
  const Outcome absent = refusal("--start 1611705800 --column arrival=none:ms");
  CHECK(absent.exit_code == 3);
  CHECK(absent.output.find("no column \"none\" (there are: t0, took)") != std::string::npos);
}

TEST_CASE("a log of another mode is refused, and with --force taken with a warning") {
  const TemporaryFile recording(nano_line("2000") + nano_line("2000"));
  const TemporaryFile log;
  const std::string command =
      fmt::format("import --board nano-4gb --tegrastats {} --interval 0.5 --mode 1 -o {}",
                  recording.path(), log.path());
  const Outcome refused = flyball_stderr(command);
  CHECK(refused.exit_code == 3);
  CHECK(refused.output.find("mode 1 (5W) allows 2 and 921.6: another mode? (--force goes on)") !=
        std::string::npos);
  const Outcome forced = flyball_stderr(command + " --force");
  CHECK(forced.exit_code == 0);
  CHECK(forced.output.find("another mode?") != std::string::npos);
  CHECK(read_telemetry_log(log.path()).rows.size() == 2);
}

TEST_CASE("the LoudVA runs import without loss and the measured plant replays them") {
  const std::string data = FLYBALL_SOURCE_DIR "/../shared/data/loudva";
  if (!std::filesystem::is_directory(data)) return skip_test("no measurements at " + data);
  const Outcome outcome = run_program(
      "flyball", fmt::format("reproduce loudva --data {} --quick --json 2>/dev/null", data));
  CHECK(outcome.exit_code == 0);
  const auto rows = nlohmann::json::parse(outcome.output)["rows"];
  CHECK(rows.size() >= 46);
  for (const auto& row : rows) {
    CAPTURE(row.dump());
    CHECK(row["holds"].get<bool>());
  }
}

TEST_CASE("the simulated boards' stock governors and the published optima of RPE hold") {
  for (const char* table : {"governors", "rpe"}) {
    const Outcome outcome =
        run_program("flyball", fmt::format("reproduce {} --json 2>/dev/null", table));
    CHECK(outcome.exit_code == 0);
    const auto rows = nlohmann::json::parse(outcome.output)["rows"];
    CHECK(rows.size() >= 24);
    for (const auto& row : rows) {
      CAPTURE(row.dump());
      CHECK(row["holds"].get<bool>());
    }
  }
}

TEST_CASE("reproduce without the measurements is skipped with a message and exit code 0") {
  const Outcome outcome = run_program("flyball", "reproduce loudva --data /nowhere 2>&1");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output.find("/nowhere: no such folder, so the table loudva is skipped") !=
        std::string::npos);
  const Outcome json =
      run_program("flyball", "reproduce loudva --data /nowhere --json 2>/dev/null");
  CHECK(nlohmann::json::parse(json.output)["rows"].empty());
  CHECK(run_program("flyball", "reproduce nothing --data /nowhere 2>/dev/null").exit_code == 2);
  const Outcome without = run_program("flyball", "reproduce loudva 2>&1");
  CHECK(without.exit_code == 2);
  CHECK(without.output.find("the table loudva needs --data DIR") != std::string::npos);
}
