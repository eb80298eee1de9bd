// `flyball adapt` as a user meets it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "policies/policy_file.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Outcome flyball_run(const std::string& arguments) {
  return run_program("flyball", arguments + " 2>&1");
}

// As flyball_run() from within `folder`.
Outcome run_in(const std::filesystem::path& folder, const std::string& arguments) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  const Outcome outcome = flyball_run(arguments);
  std::filesystem::current_path(before);
  return outcome;
}

// A policy of little training with its run directory, at DIRECTORY/p.flyball.
void train_quickly(const std::string& at) {
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 600 -o " + at + "log.csv").exit_code ==
      0);
  const std::string train = "train quickstart --log {0}log.csv --steps 100 -o {0}p.flyball";
  REQUIRE(flyball_run(fmt::format(fmt::runtime(train), at)).exit_code == 0);
}

}  // namespace

TEST_CASE("adapting leaves a policy, curves and a report, and is resumed to the same bits") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  train_quickly(at);
  const auto adapt = [&](const std::string& rest) {
    const Outcome outcome = flyball_run("adapt " + rest + " --json");
    REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.output);
    return nlohmann::json::parse(outcome.output);
  };
  const std::string begin =
      fmt::format("{0}p.flyball --scenario quickstart --turns --steps 10 --seed 3 -o {0}", at);
  const auto whole = adapt(begin + "whole.flyball --duration 160");
  adapt(begin + "parts.flyball --duration 70");
  const auto parts = adapt("--resume " + at + "parts.flyball.run --duration 160");
  CHECK(whole["spans"].get<int>() > 35);
  CHECK(whole["steps"].get<int>() == 10 * whole["spans"].get<int>());
  CHECK(whole["windows"] == parts["windows"]);
  CHECK(whole["windows"].size() == 6);
  CHECK(bytes_of(at + "whole.flyball") == bytes_of(at + "parts.flyball"));
  CHECK(bytes_of(at + "whole.flyball.run/checkpoint") ==
        bytes_of(at + "parts.flyball.run/checkpoint"));
  CHECK(bytes_of(at + "whole.flyball.run/windows.csv") ==
        bytes_of(at + "parts.flyball.run/windows.csv"));
  const auto run = nlohmann::json::parse(bytes_of(at + "parts.flyball.run/run.json"));
  CHECK(run["steps"] == 10);
  CHECK(run["duration_seconds"] == 160.0);
  CHECK(run["minibatch"] == 64);
  CHECK(run["change"]["threshold"] == 15.0);
  CHECK(run["limit_factor"] == 1.4);  // the training's
  CHECK(flyball_run("inspect " + at + "whole.flyball").exit_code == 0);
  const std::string finished = bytes_of(at + "parts.flyball.run/checkpoint");
  const std::string again = flyball_run("adapt --resume " + at + "parts.flyball.run").output;
  CHECK(again.find("has run for 160 s already; give a longer --duration") != std::string::npos);
  CHECK(flyball_run("adapt --resume " + at + "parts.flyball.run --steps 5").exit_code == 2);
  // What cannot begin leaves an earlier run as it was.
  CHECK(flyball_run("adapt " + at + "none --scenario quickstart -o " + at + "parts.flyball")
            .exit_code == 3);
  CHECK(flyball_run(
            fmt::format("adapt {0}p.flyball --scenario cameras-xavier-nx -o {0}parts.flyball", at))
            .exit_code == 3);
  CHECK(bytes_of(at + "parts.flyball.run/checkpoint") == finished);
  const Outcome itself =
      flyball_run(fmt::format("adapt {0}p.flyball --scenario quickstart -o {0}p.flyball", at));
  CHECK(itself.exit_code == 3);
  CHECK(itself.output.find("needs a name of its own") != std::string::npos);
  CHECK(std::filesystem::exists(at + "p.flyball.run/checkpoint"));
}

TEST_CASE("what adapting lacks or cannot use is said in one line") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  CHECK(flyball_run("adapt").output == "flyball adapt: a policy is needed (or --resume DIR)\n");
  CHECK(flyball_run("adapt p.flyball").output == "flyball adapt: --scenario is needed\n");
  const Outcome resumed = flyball_run("adapt --resume " + at + "none.run");
  CHECK(resumed.exit_code == 3);
  CHECK(resumed.output == "flyball adapt: " + at + "none.run: no run to resume\n");
  train_quickly(at);
  PolicyFile old = load_policy(at + "p.flyball");
  old.metadata.training.reset();
  save_policy(at + "old.flyball", old);
  const Outcome unsaid =
      flyball_run(fmt::format("adapt {0}old.flyball --scenario quickstart -o {0}q.flyball", at));
  CHECK(unsaid.exit_code == 3);
  CHECK(unsaid.output.find("name its training configuration by --config") != std::string::npos);
  old.metadata.training = PolicyTraining{SpanCredit::kPeriod, 0.0};
  save_policy(at + "timed.flyball", old);
  const Outcome timed =
      flyball_run(fmt::format("adapt {0}timed.flyball --scenario quickstart -o {0}q.flyball", at));
  CHECK(timed.exit_code == 3);
  CHECK(timed.output.find("only policies trained on whole batches") != std::string::npos);
  // The file says how it was trained: without its run directory it can be gone on with.
  std::filesystem::remove_all(at + "p.flyball.run");
  const std::string alone =
      "adapt {0}p.flyball --scenario quickstart --duration 20 -o {0}q.flyball";
  CHECK(flyball_run(fmt::format(fmt::runtime(alone), at)).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(at + "q.flyball.run/config.toml"));
  CHECK(flyball_run("adapt --resume " + at + "q.flyball.run --duration 30").exit_code == 0);
  const Outcome other = flyball_run(fmt::format(
      "adapt {0}p.flyball --config quickstart --scenario batch-orin-nx -o {0}q.flyball", at));
  CHECK(other.exit_code == 3);
  CHECK(other.output.find("the policy was trained for board nano-4gb") != std::string::npos);
}

TEST_CASE("the examples of the help run, one after the other") {
  const TemporaryDirectory directory;
  const std::string help = flyball_run("adapt --help").output;
  const std::regex pattern("\n  flyball ([a-z]+) (.*)");
  int examples = 0;
  for (std::sregex_iterator it(help.begin(), help.end(), pattern), end; it != end; ++it) {
    const std::string command = (*it)[1];
    std::string arguments = (*it)[2];
    // Shorter than a user would want them.
    if (command == "train") arguments += " --set simulate[0].duration_seconds=600 --steps 100";
    if (command == "adapt") arguments = std::regex_replace(arguments, std::regex("900"), "20");
    if (arguments.find("--resume") != std::string::npos) {
      arguments = std::regex_replace(arguments, std::regex("1800"), "30");
    } else if (command == "adapt" && arguments.find("--duration") == std::string::npos) {
      arguments += " --duration 20";
    }
    CAPTURE(arguments);
    const Outcome outcome = run_in(directory.path(), command + " " + arguments);
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
    ++examples;
  }
  CHECK(examples == 4);
}
