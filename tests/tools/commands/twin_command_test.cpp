// flyball twin as a user would run it: on logs of boards and workloads that it does not know.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "env/logs/telemetry_log.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

const std::string kUnknownBoard =
    " --set workload.boards.tx2-8gb.gpu_cycles=2e7 --set workload.boards.tx2-8gb.host_cycles=4e6"
    " --set board.electrical.base_watts=2.1 --set board.electrical.gpu.farads=1.4e-8";

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void simulate(const std::string& log, const std::string& options) {
  REQUIRE(flyball_stdout(
              fmt::format("simulate --scenario street-tx2 --duration 300 -o {}{}", log, options))
              .exit_code == 0);
}

}  // namespace

TEST_CASE("a twin of an unknown board replays what it did not see, and a log of another day") {
  const TemporaryDirectory folder;
  const std::string log = folder.path() / "log.csv";
  const std::string twin = folder.path() / "twin.toml";
  simulate(log, kUnknownBoard);
  const Outcome before =
      flyball_stdout(fmt::format("replay --log {} --workload efficientnet_b4", log));
  CHECK(before.exit_code == 1);
  const Outcome made = flyball_stdout(fmt::format("twin --log {} -o {} --json", log, twin));
  REQUIRE(made.exit_code == 0);
  const auto json = nlohmann::json::parse(made.output);
  CHECK(json["logs"][0]["held_out"]["replays"] == true);
  CHECK(std::abs(json["logs"][0]["held_out"]["overall"]["energy_error"].get<double>()) < 0.03);
  CHECK(json["logs"][0]["held_out"]["overall"]["log"]["seconds"].get<double>() ==
        doctest::Approx(90.0).epsilon(0.01));
  CHECK(bytes_of(twin).find(fmt::format("[twin]  # flyball train holds a validation on it to this\n"
                                        "latency_margin = {:.2f}\nreplays = true\n",
                                        json["latency_margin"].get<double>())) !=
        std::string::npos);
  const std::string other = folder.path() / "other.csv";
  simulate(other, kUnknownBoard + " --seed 7");
  const Outcome replayed =
      flyball_stdout(fmt::format("replay --log {} --workload {}", other, twin));
  CHECK(replayed.exit_code == 0);
}

TEST_CASE("the same log makes the same twin") {
  const TemporaryDirectory folder;
  const std::string log = folder.path() / "log.csv";
  simulate(log, "");
  const std::string first = folder.path() / "first.toml";
  const std::string second = folder.path() / "second.toml";
  CHECK(flyball_stdout(fmt::format("twin --log {} -o {}", log, first)).exit_code == 0);
  CHECK(flyball_stdout(fmt::format("twin --log {} -o {}", log, second)).exit_code == 0);
  CHECK(bytes_of(first) == bytes_of(second));
  CHECK_FALSE(bytes_of(first).empty());
}

TEST_CASE("a twin that does not replay what was held out is refused, and written only by force") {
  const TemporaryDirectory folder;
  const std::string file = folder.path() / "log.csv";
  const std::string twin = folder.path() / "twin.toml";
  simulate(file, "");
  TelemetryLog log = read_telemetry_log(file);
  for (std::size_t i = 2200; i < log.rows.size(); ++i) {
    Telemetry& telemetry = log.rows[i].telemetry;
    const double watts = *telemetry.total_watts;
    telemetry.total_watts.refill(telemetry.time_seconds) = 1.2 * watts;  // something was plugged in
  }
  write_telemetry_log(file, log);
  const std::string arguments = fmt::format("twin --log {} -o {}", file, twin);
  const Outcome refused = flyball_stdout(arguments);
  CHECK(refused.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(twin));
  CHECK(refused.output.find("no judge") != std::string::npos);
  CHECK(flyball_stdout(arguments + " --force").exit_code == 1);
  CHECK(std::filesystem::exists(twin));
  CHECK(bytes_of(twin).find("replays = false") != std::string::npos);
}
