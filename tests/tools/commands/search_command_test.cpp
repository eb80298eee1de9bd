// flyball search as a user would run it.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "env/text_file.h"
#include "tests/support/child_process.h"
#include "tests/support/program_run.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/temporary_file.h"
#include "tests/tools/search/sample_grid.h"

using namespace flyball;

TEST_CASE("search finds a setting of a measured grid within the limit, and writes it") {
  const TemporaryFile grid(grid_csv());
  const TemporaryDirectory folder;
  const std::string policy = (folder.path() / "P.flyball").string();
  const std::string mode = (folder.path() / "mode.conf").string();
  const Outcome found = flyball_stdout(
      fmt::format("search --grid {} --workload vision --slowdown 1.3 --samples 10 --json -o {} "
                  "--nvpmodel {}",
                  grid.path(), policy, mode));
  REQUIRE(found.exit_code == 0);
  const auto json = nlohmann::json::parse(found.output);
  CHECK(json["board"] == "nano-4gb");
  CHECK(json["prior"] == "language, speech");
  CHECK(json["samples"].size() <= 10);
  CHECK(json["best"]["feasible"] == true);
  CHECK(json["best"]["latency_seconds"] <= json["limit_seconds"]);
  CHECK(json["best"]["joules_per_request"] < json["samples"][0]["joules_per_request"]);
  CHECK(flyball_stdout("inspect " + policy).exit_code == 0);
  CHECK(read_text_file(mode).find("POWER_MODEL") != std::string::npos);
}

TEST_CASE("a search that was stopped goes on from its journal to the same end") {
  const TemporaryFile grid(grid_csv());
  const TemporaryDirectory folder;
  const std::string journal = (folder.path() / "j.jsonl").string();
  const std::string common = fmt::format(
      "search --grid {} --workload vision --slowdown 1.3 --search sweep --json ", grid.path());
  const auto samples = [](const Outcome& outcome) {
    REQUIRE(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.output)["samples"];
  };
  const auto whole = samples(flyball_stdout(common + "--samples 8"));
  const auto half = samples(flyball_stdout(common + "--samples 4 --journal " + journal));
  CHECK(half.size() == 4);
  const Outcome rest = flyball_stdout(common + "--samples 8 --journal " + journal);
  CHECK(samples(rest) == whole);
  CHECK(nlohmann::json::parse(rest.output)["resumed"] == 4);
  const Outcome other = flyball_stderr(fmt::format(
      "search --grid {} --workload speech --slowdown 1.3 --journal {}", grid.path(), journal));
  CHECK(other.exit_code == 3);
  CHECK(other.output.find("is the journal of another search") != std::string::npos);
}

TEST_CASE("search runs online on a simulated board, with a slow power sensor, to the same bits") {
  const std::string command =
      "search --board nano-4gb --workload alexnet --slowdown 1.3 --samples 5 --search descent "
      "--power-every 1 --json --seed 3";
  const Outcome once = flyball_stdout(command);
  REQUIRE(once.exit_code == 0);
  const auto json = nlohmann::json::parse(once.output);
  CHECK(json["samples"].size() == 5);
  for (const auto& sample : json["samples"]) CHECK(sample["error"] <= 0.0051);
  CHECK(flyball_stdout(command).output == once.output);
}

TEST_CASE("search says what is missing, and what is wrong, by the option's name") {
  const auto refused = [](const std::string& options) {
    const Outcome outcome = flyball_stderr("search " + options);
    CHECK(outcome.exit_code == 2);
    return outcome.output;
  };
  CHECK(refused("--board nano-4gb").find("--workload W is needed") != std::string::npos);
  CHECK(refused("--workload alexnet").find("--board B is needed") != std::string::npos);
  CHECK(refused("--board nano-4gb --workload alexnet").find("--limit-latency S or --slowdown X") !=
        std::string::npos);
  CHECK(refused("--board nano-4gb --workload alexnet --slowdown 0.5").find("1") !=
        std::string::npos);
  CHECK(refused("--scenario quickstart --board nano-4gb").find("--scenario names board") !=
        std::string::npos);
  CHECK(refused("--board nano-4gb --workload alexnet --slowdown 2 --search annealing")
            .find("annealing") != std::string::npos);
  CHECK(refused("--board nano-4gb --workload alexnet --slowdown 2 --prior alexnet")
            .find("is what is searched itself") != std::string::npos);
}

TEST_CASE("a policy of another workload or board tells beforehand, alone or with workloads") {
  const TemporaryDirectory folder;
  const std::string policy = (folder.path() / "P.flyball").string();
  REQUIRE(
      flyball_stdout("train quickstart --set simulate[0].duration_seconds=600 --force -o " + policy)
          .exit_code == 0);
  const auto prior = [](const std::string& arguments) {
    const Outcome found = flyball_stdout("search --slowdown 1.3 --samples 2 --json " + arguments);
    REQUIRE(found.exit_code == 0);
    return nlohmann::json::parse(found.output)["prior"].get<std::string>();
  };
  CHECK(prior("--board nano-4gb --workload bert_tiny --prior " + policy) == policy);
  CHECK(prior("--board xavier-nx-8gb --workload bert_tiny --prior resnet18," + policy) ==
        fmt::format("resnet18, {} (of nano-4gb)", policy));
  const TemporaryFile grid(grid_csv());
  CHECK(prior(fmt::format("--grid {} --workload vision --prior {}", grid.path(), policy)) ==
        policy);
}

TEST_CASE("a policy that tells nothing beforehand is refused by its name") {
  const TemporaryFile grid(grid_csv());
  const TemporaryDirectory folder;
  const std::string fixed = (folder.path() / "fixed.flyball").string();
  REQUIRE(
      flyball_stdout(fmt::format("search --grid {} --workload vision --slowdown 1.3 --samples 2 "
                                 "-o {}",
                                 grid.path(), fixed))
          .exit_code == 0);
  const std::string common = "search --board nano-4gb --workload alexnet --slowdown 1.2 --prior ";
  const Outcome other = flyball_stderr(common + fixed);
  CHECK(other.exit_code == 3);
  CHECK(other.output.find(fixed + ": is no policy of a saturated job") != std::string::npos);
  const Outcome absent = flyball_stderr(common + "/no/P.flyball");
  CHECK(absent.exit_code == 3);
  CHECK(absent.output.find("/no/P.flyball: cannot open") != std::string::npos);
  const Outcome scenario =
      flyball_stderr("search --scenario quickstart --slowdown 1.2 --prior " + fixed);
  CHECK(scenario.exit_code == 2);
  CHECK(scenario.output.find("--prior: ") != std::string::npos);
}

TEST_CASE("a limit that nothing keeps ends with the fastest setting and exit code 1") {
  const TemporaryFile grid(grid_csv());
  const Outcome found = flyball_stdout(fmt::format(
      "search --grid {} --workload vision --limit-latency 0.1 --samples 4", grid.path()));
  CHECK(found.exit_code == 1);
  CHECK(found.output.find("no setting that was tried keeps the limit") != std::string::npos);
}

TEST_CASE("on a board at work flyballd holds each setting, and every clock is given back") {
  if (geteuid() != 0 || !std::filesystem::exists("/dev/fuse")) {
    return skip_test("mounting a board needs root and /dev/fuse");
  }
  const TemporaryDirectory folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const std::filesystem::path board = folder.path() / "board";
  std::filesystem::create_directory(board);
  ChildProcess emulation({FLYBALL_BINARY_DIR "/flyball", "emulate", "--board", "xavier-nx-8gb",
                          "--workload", "resnet18", "--mount", board.string()},
                         folder.path() / "emulation.txt");
  const std::filesystem::path cpu = board / "sys/devices/system/cpu/cpufreq/policy0";
  REQUIRE(emulation.wait_until([&] { return std::filesystem::exists(cpu); }));
  const auto limits = [&] {
    return read_text_file(cpu / "scaling_min_freq") + read_text_file(cpu / "scaling_max_freq");
  };
  const std::string before = limits();
  const std::string policy = (folder.path() / "P.flyball").string();
  const Outcome found = flyball_stdout(
      fmt::format("search --root {} --slowdown 3 --search random --samples 2 --sample-seconds 3 "
                  "--json -o {}",
                  board.string(), policy));
  REQUIRE(found.exit_code == 0);
  const auto json = nlohmann::json::parse(found.output);
  CHECK(json["board"] == "xavier-nx-8gb");
  REQUIRE(json["samples"].size() == 2);
  for (const auto& sample : json["samples"]) {
    CHECK(sample["latency_seconds"] > 0.0);
    CHECK(sample["joules_per_request"] > 0.0);
  }
  const auto latency = [&](std::size_t i) {
    return json["samples"][i]["latency_seconds"].get<double>();
  };
  CHECK(latency(1) > 1.05 * latency(0));  // lower clocks, which were held
  CHECK(limits() == before);
  CHECK(flyball_stdout("inspect " + policy).exit_code == 0);
  emulation.signal(SIGTERM);
  CHECK(emulation.wait() == 0);
}

TEST_CASE("a board that is none is told by flyballd's own words") {
  const TemporaryDirectory folder;
  const Outcome none = flyball_stderr("search --slowdown 1.2 --root " + folder.path().string());
  CHECK(none.exit_code == 4);
  CHECK(none.output.find("no board's files") != std::string::npos);
  const Outcome both = flyball_stderr("search --slowdown 1.2 --root / --workload resnet18");
  CHECK(both.exit_code == 2);
}
