// flyball evaluate as a user would run it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "env/text_file.h"
#include "policies/policy_file.h"
#include "tests/support/program_run.h"
#include "tests/support/sample_policy.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;
using nlohmann::json;

namespace {

// A few seconds of each.
const std::string kTwo =
    "evaluate --scenario poisson-nano,neighbour-nano --set arrivals.duration_seconds=8 --seeds 2 "
    "--governors stock,performance,best-fixed ";

std::size_t lines_of(const std::string& file) {
  const std::string text = read_text_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("several scenarios are told one by one and together") {
  const TemporaryDirectory folder;
  const std::string at = folder.path().string();
  const Outcome outcome = flyball_stdout(
      fmt::format("{} --json {}/r.json --csv {}/r.csv --markdown {}/r.md", kTwo, at, at, at));
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.output.find("Across 2 scenarios") != std::string::npos);
  const json document = json::parse(read_text_file(at + "/r.json"));
  REQUIRE(document["scenarios"].size() == 2);
  CHECK(document["scenarios"][1]["scenario"] == "neighbour-nano");
  CHECK(document["across"].size() == 3);
  CHECK(document["across"][0]["places"].size() == 2);
  const Outcome compared = flyball_stdout(fmt::format("compare {0}/r.json {0}/r.json", at));
  CHECK(compared.exit_code == 0);
  CHECK(compared.output.find("neighbour-nano: best-fixed") != std::string::npos);
  CHECK(lines_of(at + "/r.csv") == 1 + 2 * 3 * 2);
  CHECK(read_text_file(at + "/r.md").find("`flyball evaluate --scenario poisson-nano,") !=
        std::string::npos);
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    const bool is_row = line.starts_with("performance ") || line.starts_with("best-fixed ");
    if (is_row) CHECK(line.size() <= 100);
  }
}

TEST_CASE("a killed evaluation goes on from what it kept, to the same bits") {
  const TemporaryDirectory folder;
  const std::string keep = (folder.path() / "runs.jsonl").string();
  const Outcome whole = flyball_stdout(kTwo + "--json");
  REQUIRE(whole.exit_code == 0);
  // Killed after ever more time, until it is through.
  std::size_t kept = 0;
  int exit_code = -1;
  for (int tenths = 2; tenths < 400 && exit_code != 0; tenths *= 2) {
    exit_code = run_program("flyball", fmt::format("{} --json --keep {}", kTwo, keep),
                            fmt::format(">{0}.out 2>/dev/null & pid=$!; (sleep {1}; kill -9 $pid "
                                        "2>/dev/null) & wait $pid",
                                        keep, 0.1 * tenths))
                    .exit_code;
    if (!std::filesystem::exists(keep)) continue;
    CHECK(lines_of(keep) >= kept);  // nothing finished is lost
    kept = lines_of(keep);
  }
  REQUIRE(exit_code == 0);
  CHECK(read_text_file(keep + ".out") == whole.output);
  CHECK(flyball_stdout(fmt::format("{} --json --keep {}", kTwo, keep)).output == whole.output);
  CHECK(lines_of(keep) == kept);  // not one run was made again
  // What another program kept is not taken, and it says whose it is.
  std::string text = read_text_file(keep);
  text.replace(text.find("by flyball "), 11, "by flyball 9.9 ");
  std::ofstream(keep + ".other") << text;
  const Outcome stranger = flyball_stderr(fmt::format("{} --keep {}.other", kTwo, keep));
  CHECK(stranger.exit_code == 3);
  CHECK(stranger.output.find("(evaluate by flyball 9.9 ") != std::string::npos);
  // Another scenario in the same file: its own runs, and it says what it does not take.
  const Outcome other = flyball_stderr(fmt::format(
      "evaluate --scenario neighbour-nano --set arrivals.duration_seconds=7 --seeds 1 --governors "
      "stock --keep {}",
      keep));
  CHECK(other.exit_code == 0);
  CHECK(other.output.find("runs of neighbour-nano are not taken") != std::string::npos);
}

TEST_CASE("parts of an evaluation merge to the bits of the whole") {
  const TemporaryDirectory folder;
  const std::string at = folder.path().string();
  const Outcome whole = flyball_stdout(kTwo + "--json");
  REQUIRE(whole.exit_code == 0);
  for (const char* part : {"1/2", "2/2"}) {
    const Outcome made =
        flyball_stdout(fmt::format("{} --shard {} --keep {}/{}.jsonl", kTwo, part, at, part[0]));
    CHECK(made.exit_code == 0);
    CHECK(made.output.starts_with(fmt::format("shard {}: all its runs are in", part)));
  }
  REQUIRE(
      flyball_stdout(fmt::format("merge {0}/1.jsonl {0}/2.jsonl -o {0}/all.jsonl", at)).exit_code ==
      0);
  const std::size_t runs = lines_of(at + "/all.jsonl");
  CHECK(flyball_stdout(fmt::format("{} --json --keep {}/all.jsonl", kTwo, at)).output ==
        whole.output);
  CHECK(lines_of(at + "/all.jsonl") == runs);
  CHECK(flyball_stderr(kTwo + "--shard 1/2").output.find("--shard needs --keep FILE") !=
        std::string::npos);
  CHECK(flyball_stderr(fmt::format("{} --shard 3/2 --keep {}/x", kTwo, at)).exit_code == 2);
}

TEST_CASE("a policy of another board is marked, and the others are evaluated all the same") {
  const TemporaryDirectory folder;
  const std::string policy = (folder.path() / "other.flyball").string();
  save_policy(policy, sample_policy());
  const Outcome outcome = flyball_stdout(fmt::format(
      "evaluate --scenario poisson-nano --set arrivals.duration_seconds=8 --seeds 1 --governors "
      "stock,{},performance --json",
      policy));
  REQUIRE(outcome.exit_code == 0);
  const json governors = json::parse(outcome.output)["governors"];
  REQUIRE(governors.size() == 3);
  CHECK(governors[1]["feasible"] == false);
  CHECK(governors[1]["warning"] == "was made for the board test-board, this is nano-4gb");
  CHECK(governors[2].contains("energy_joules"));
}

TEST_CASE("a deadline that nobody can keep is said to be one") {
  const Outcome outcome = flyball_stdout(
      "evaluate --scenario poisson-nano --deadline 0.000001 --seeds 1 --set "
      "arrivals.duration_seconds=8 --governors stock,performance");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output.find("nobody keeps the limit") != std::string::npos);
  CHECK(outcome.output.find("0.00 % in time, asked") != std::string::npos);
}

TEST_CASE(
    "a trace and a report are written, and searches and scenarios that are none are refused by "
    "name") {
  const TemporaryDirectory folder;
  const std::string trace = (folder.path() / "t.json").string();
  const Outcome outcome = flyball_stdout(fmt::format(
      "evaluate --scenario poisson-nano --set arrivals.duration_seconds=8 --seeds 1 --governors "
      "stock,best-fixed --trace {} --report {}",
      trace, (folder.path() / "page").string()));
  REQUIRE(outcome.exit_code == 0);
  const json document = json::parse(read_text_file(trace));
  CHECK(document["traceEvents"].back()["pid"] == 2);
  const std::string page = read_text_file((folder.path() / "page" / "index.html").string());
  CHECK(page.find("<h2 id=\"summary\">") != std::string::npos);
  CHECK(page.find("Energy over the clocks") != std::string::npos);
  CHECK(page.find("How seed ") != std::string::npos);
  CHECK(
      flyball_stderr("sweep --board nano-4gb --workload resnet18 --report /proc/page").exit_code ==
      3);
  CHECK(flyball_stderr("evaluate --scenario rpe-cell --governors search:byes")
            .output.find("search:bayes") != std::string::npos);
  CHECK(flyball_stderr("evaluate --suite rp").output.find("rpe") != std::string::npos);
  CHECK(flyball_stderr("evaluate --suite loudva").output.find("needs --data DIR") !=
        std::string::npos);
  CHECK(flyball_stderr("evaluate --scenario quickstart,quickstart").exit_code == 2);
}

TEST_CASE("searches govern while they search") {
  const Outcome outcome = flyball_stdout(
      "evaluate --scenario rpe-cell --set arrivals.requests=1600 --seeds 1 --governors "
      "stock,search:sweep,search:bayes-certified --json");
  REQUIRE(outcome.exit_code == 0);
  const json governors = json::parse(outcome.output)["governors"];
  REQUIRE(governors.size() == 3);
  CHECK(governors[1]["name"] == "search:sweep");
  CHECK(governors[1]["served"] == 1600);
  CHECK(governors[1]["energy_joules"] != governors[2]["energy_joules"]);
  CHECK(governors[1]["clock_changes_per_second"] > 0.0);
}
