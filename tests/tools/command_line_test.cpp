// The program as a user meets it: exit codes and messages.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/program_run.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

TEST_CASE("--help goes to stdout, names the commands and the exit codes") {
  const Outcome help = flyball_stdout("--help");
  CHECK(help.exit_code == 0);
  CHECK(help.output.find("boards") != std::string::npos);
  CHECK(help.output.find("Exit codes: 0 ok") != std::string::npos);
}

TEST_CASE("the help of every command has exit codes and an example, and nothing of the parser's") {
  for (const std::string program : {"flyball", "flyballd"}) {
    const std::string help = run_program(program, "--help").output;
    std::size_t commands = 0;
    for (std::size_t at = help.find("\nSubcommands:\n");
         (at = help.find("\n  ", at)) != help.npos;) {
      at += 3;
      if (help[at] == ' ' || at > help.find("\n\n", help.find("\nSubcommands:\n") + 2)) continue;
      const std::string name = help.substr(at, help.find(' ', at) - at);
      CAPTURE(name);
      const std::string text = run_program(program, name + " --help").output;
      CHECK(text.find("Exit codes: 0 ok") != std::string::npos);
      CHECK(text.find("  " + program + " " + name) != std::string::npos);
      for (const char* internal : {"{", "->", "Excludes", " FLOAT", " UINT", " ENUM"}) {
        CHECK(text.substr(0, text.find("\n\n", text.find("Options:"))).find(internal) ==
              std::string::npos);
      }
      ++commands;
    }
    CHECK(commands >= 3);
  }
}

TEST_CASE("--version is one line") {
  const Outcome version = flyball_stdout("--version");
  CHECK(version.exit_code == 0);
  CHECK(version.output.starts_with("flyball " FLYBALL_VERSION ", commit "));
}

TEST_CASE("no command is a usage error") {
  CHECK(flyball_stderr("").exit_code == 2);
  CHECK(flyball_stderr("").output == "flyball: A subcommand is required (see --help)\n");
}

TEST_CASE("an unknown command suggests the nearest one") {
  const Outcome outcome = flyball_stderr("bords");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.output == "flyball: no command \"bords\"; did you mean \"boards\"?\n");
}

TEST_CASE("the daemon says so too, in its own name") {
  const Outcome outcome = run_program("flyballd", "ran", "2>&1 >/dev/null");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.output == "flyballd: no command \"ran\"; did you mean \"run\"?\n");
}

TEST_CASE("help and a command's name show that command's help, in both programs") {
  const Outcome asked = flyball_stdout("help boards");
  CHECK(asked.exit_code == 0);
  CHECK(asked.output == flyball_stdout("boards --help").output);
  CHECK(flyball_stdout("help").output == flyball_stdout("--help").output);
  CHECK(run_program("flyballd", "help run").output == run_program("flyballd", "run --help").output);
  CHECK(flyball_stderr("help bords").exit_code == 2);
}

TEST_CASE("an unknown option is a usage error that names the command, and what was meant") {
  const Outcome outcome = flyball_stderr("boards --jsn");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.output ==
        "flyball boards: no option \"--jsn\"; did you mean \"--json\"? (see --help)\n");
  const Outcome far = flyball_stderr("boards --quarrel=3");
  CHECK(far.exit_code == 2);
  CHECK(far.output == "flyball boards: no option \"--quarrel\" (see --help)\n");
}

TEST_CASE("an unknown board is bad input and lists the boards") {
  const Outcome outcome = flyball_stderr("boards nano");
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.starts_with("flyball boards: no board \"nano\" in "));
  CHECK(outcome.output.find("there are: agx-orin-32gb, agx-orin-64gb, agx-thor-128gb, ") !=
        std::string::npos);
}

TEST_CASE("a part of a name, or one that is nearly right, gets the names that are meant") {
  const auto says = [](const std::string& arguments, const std::string& meant) {
    CAPTURE(arguments);
    const Outcome outcome = flyball_stderr(arguments);
    CHECK(outcome.output.find("; did you mean " + meant + "?") != std::string::npos);
  };
  says("boards nano", "\"nano-4gb\", \"orin-nano-4gb\" or \"orin-nano-8gb\"");
  says("boards Xavier-NX", "\"xavier-nx-8gb\"");
  says("evaluate --scenario quick", "\"quickstart\"");
  says("sweep --board nano-4gb --workload resnt18", "\"resnet18\"");
  says("dataset saturate -o /dev/null", "\"saturated\"");
  says("train street -o /dev/null", "\"street-tx2\"");
  says("reproduce loud", "\"loudva\"");
  says("keys train2", "\"train\"");
  says("evaluate --scenario quickstart --governors best", "\"best-fixed\" or \"best-per-phase\"");
  says("sim", "\"simulate\"");
}

TEST_CASE("--configs names another folder of configurations") {
  const Outcome outcome = flyball_stderr("boards --configs /nowhere");
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.starts_with("flyball boards: /nowhere: not a folder of configurations"));
}

TEST_CASE("--json prints one document and nothing else") {
  const Outcome list = flyball_stdout("boards --json");
  CHECK(list.exit_code == 0);
  CHECK(nlohmann::json::parse(list.output).at("boards").size() >= 4);
  const Outcome one = flyball_stdout("boards nano-4gb --json");
  CHECK(nlohmann::json::parse(one.output).at("id") == "nano-4gb");
}

TEST_CASE("--set takes another value for one run") {
  const Outcome board = flyball_stdout(
      "boards nano-4gb --json --set board.nvpmodel.default=1 "
      "--set 'board.nvpmodel.modes[1].budget_watts=5'");
  CHECK(board.exit_code == 0);
  const auto json = nlohmann::json::parse(board.output);
  CHECK(json.at("default_mode") == 1);
  CHECK(json.at("modes").at(1).at("budget_watts") == 5.0);
  const TemporaryFile log("");
  const auto rows = [&](const std::string& set) {
    const Outcome outcome = flyball_stdout(
        "simulate --scenario quickstart --duration 20 --json -o " + log.path() + " " + set);
    CHECK(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.output).at("rows").get<int>();
  };
  CHECK(rows("") == 2 * rows("--set control.sample_seconds=0.2"));
}

TEST_CASE("what cannot be set is bad input that says why, or bad usage") {
  const Outcome range = flyball_stderr("evaluate --scenario quickstart --set service_noise=2");
  CHECK(range.exit_code == 3);
  CHECK(range.output ==
        "flyball evaluate: --set service_noise=2: service_noise = 2: must be in [0, 1]\n");
  const Outcome inner = flyball_stderr("simulate --scenario quickstart --set board.cpus=1 -o -");
  CHECK(inner.exit_code == 3);
  CHECK(inner.output.find("--set board.cpus=1: cpus: unknown key") != std::string::npos);
  const Outcome nobody =
      flyball_stderr("sweep --board nano-4gb --workload resnet18 --set bord.cpus=1");
  CHECK(nobody.exit_code == 3);
  CHECK(nobody.output.find("a key here begins with board. or workload.") != std::string::npos);
  CHECK(flyball_stderr("evaluate --scenario quickstart --set service_noise").exit_code == 2);
}

TEST_CASE("every kind of configuration lists its keys") {
  for (const std::string kind : {"boards", "scenarios", "train", "workloads"}) {
    CAPTURE(kind);
    CHECK(flyball_stdout("keys " + kind).exit_code == 0);
  }
  CHECK(flyball_stdout("keys train").output.find("\nlearner.gamma\n    number in [0, 1)") !=
        std::string::npos);
  CHECK(flyball_stderr("keys trains").exit_code == 2);
  const Outcome listed = flyball_stdout("keys train --json");
  REQUIRE(listed.exit_code == 0);
  const auto json = nlohmann::json::parse(listed.output);
  CHECK(json.at("kind") == "train");
  const auto gamma = std::find_if(json.at("keys").begin(), json.at("keys").end(),
                                  [](const auto& key) { return key.at("key") == "learner.gamma"; });
  REQUIRE(gamma != json.at("keys").end());
  CHECK(gamma->at("range") == "in [0, 1)");
  CHECK(gamma->at("unit").is_null());
  CHECK(gamma->at("required") == false);
}

TEST_CASE("a misspelt governor is a usage error that lists the known ones") {
  const Outcome outcome =
      flyball_stderr("evaluate --scenario quickstart --governors stock,ondemnd");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.output.starts_with("flyball evaluate: no governor \"ondemnd\"; did you mean"));
}

TEST_CASE("a malformed scenario is bad input and says where") {
  const TemporaryFile scenario(
      "title = \"x\"\nboard = \"nano-4gb\"\nworkload = \"resnet19\"\n"
      "[arrivals]\nkind = \"closed_loop\"\nrequests = 1\nbatch = 1\n"
      "[control]\nknobs = [\"gpu\"]\nperiod_seconds = 1\n");
  for (const std::string command : {"evaluate", "simulate -o /dev/null"}) {
    CAPTURE(command);
    const Outcome outcome = flyball_stderr(command + " --scenario " + scenario.path());
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.output.find(scenario.path() + ":3:12: workload: no workload \"resnet19\"") !=
          std::string::npos);
  }
}

TEST_CASE("a scenario that is nowhere is bad input and lists the scenarios") {
  const Outcome outcome = flyball_stderr("evaluate --scenario quickstrat");
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.starts_with("flyball evaluate: no scenario \"quickstrat\""));
  CHECK(outcome.output.find("cameras-xavier-nx") != std::string::npos);
}

TEST_CASE("an output that cannot be written is bad input, a number out of range a usage error") {
  const std::string simulate = "simulate --scenario quickstart --duration 1 -o ";
  const Outcome unwritable = flyball_stderr(simulate + "/proc/no/log.csv");
  CHECK(unwritable.exit_code == 3);
  CHECK(unwritable.output.starts_with("flyball simulate: /proc/no/log.csv"));
  CHECK(flyball_stderr(simulate + "/dev/null --explore 2").exit_code == 2);
  CHECK(flyball_stderr("simulate --scenario quickstart --duration 0 -o /dev/null").output ==
        "flyball simulate: --duration: \"0\" is not a number in (0, 1e+08] (see --help)\n");
  CHECK(flyball_stderr(simulate + "/dev/null --latency-factor 0.5").exit_code == 2);
  CHECK(flyball_stderr(simulate + "/dev/null --hold 500000").exit_code == 0);
}

namespace {

struct NumberOptions {
  const char* program;
  const char* command;  // with what it needs
  std::vector<const char*> options;
};

const std::vector<NumberOptions> kNumberOptions = {
    {"flyball",
     "simulate --scenario quickstart -o /dev/null",
     {"--duration", "--explore", "--hold", "--latency-factor", "--modes", "--segment", "--seed"}},
    {"flyball",
     "evaluate --scenario quickstart",
     {"--mode", "--deadline", "--seeds", "--threads", "--eta", "--latency-limit", "--miss-limit"}},
    {"flyball",
     "train quickstart -o /dev/null",
     {"--seed", "--seeds", "--jobs", "--steps", "--threads", "--checkpoint", "--mix"}},
    {"flyball", "dataset quickstart -o /dev/null", {"--seed", "--mix"}},
    {"flyball",
     "adapt p.flyball --scenario quickstart -o /dev/null",
     {"--duration", "--window", "--seed", "--steps", "--epsilon", "--relearn-epsilon",
      "--explore-bound", "--radius", "--explore-share", "--explore-burst"}},
    {"flyball",
     "fit --measurements f.csv --board nano-4gb -o /dev/null",
     {"--batch", "--train-rows", "--repeats", "--seed", "--latency-limit"}},
    {"flyball",
     "import --board nano-4gb --tegrastats /dev/null -o /dev/null",
     {"--mode", "--utc-offset", "--request-offset", "--interval", "--start"}},
    {"flyball",
     "sweep --board nano-4gb --workload resnet18",
     {"--mode", "--cpu-floor-hz", "--requests", "--batch", "--threads"}},
    {"flyball", "reproduce rpe", {"--seeds", "--threads"}},
    {"flyball",
     "emulate --board nano-4gb --workload resnet18 --mount /nowhere",
     {"--mode", "--jetpack", "--batch", "--speed", "--for", "--seed"}},
    {"flyballd",
     "run --policy p.flyball",
     {"--for", "--period", "--sample", "--wait", "--eta", "--latency-limit", "--miss-limit"}},
};

}  // namespace

TEST_CASE("an impossible number is a usage error that names its option, in every command") {
  for (const NumberOptions& command : kNumberOptions) {
    for (const char* option : command.options) {
      for (const char* value : {"inf", "nan"}) {
        const std::string arguments = fmt::format("{} {}={}", command.command, option, value);
        CAPTURE(arguments);
        const Outcome outcome = run_program(command.program, arguments, "2>&1 >/dev/null");
        CHECK(outcome.exit_code == 2);
        CHECK(outcome.output.find(option) != std::string::npos);
      }
    }
  }
}

TEST_CASE("what is no number, or has no bound, is refused as well") {
  for (const char* value : {"1e999", "-99999999999999999999", "0x10", "1e", ""}) {
    CAPTURE(value);
    for (const char* option : {"--duration", "--seed"}) {
      CHECK(flyball_stderr(
                fmt::format("simulate --scenario quickstart -o /dev/null {}='{}'", option, value))
                .exit_code == 2);
    }
  }
}

TEST_CASE("no thread, no seed and no request is none too few") {
  for (const std::string command :
       {"evaluate --scenario quickstart --threads 0", "evaluate --scenario quickstart --seeds 0",
        "train quickstart -o /dev/null --threads 0", "train quickstart -o /dev/null --jobs 0",
        "sweep --board nano-4gb --workload resnet18 --requests 0", "reproduce rpe --threads 0",
        "simulate --scenario quickstart -o /dev/null --seed=-1",
        "simulate --scenario quickstart -o /dev/null --hold 0"}) {
    CAPTURE(command);
    CHECK(flyball_stderr(command).exit_code == 2);
  }
}

TEST_CASE("a table that is made at once has nothing to keep, and a shard needs a file") {
  const Outcome whole = flyball_stderr("reproduce rpe --keep /dev/null");
  CHECK(whole.exit_code == 2);
  CHECK(whole.output.find("the table rpe is made at once") != std::string::npos);
  const Outcome nowhere = flyball_stderr("reproduce blind --shard 1/2");
  CHECK(nowhere.exit_code == 2);
  CHECK(nowhere.output.find("--shard needs --keep FILE") != std::string::npos);
  const Outcome no_shard = flyball_stderr("reproduce blind --keep kept.jsonl --shard 3/2");
  CHECK(no_shard.exit_code == 2);
  CHECK(no_shard.output.find("\"3/2\" is no shard") != std::string::npos);
}

TEST_CASE("a sweep takes the memory clock and the full tables, whatever the number of threads") {
  const std::string sweep = "sweep --board xavier-nx-8gb --workload alexnet --requests 32 ";
  const Outcome outcome = flyball_stdout(sweep + "--emc --mode max --json");
  REQUIRE(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(outcome.output);
  const std::size_t settings = json["points"].size();
  CHECK(settings % 375 == 0);
  CHECK(settings > 375);
  CHECK(json["nvpmodel"] == "max");
  CHECK(json["minimum"].contains("emc_hz"));
  for (const auto& point : json["points"]) {
    CHECK(point["energy_joules"] >= json["minimum"]["energy_joules"]);
  }
  const Outcome one = flyball_stdout(sweep + "--mode max --csv --threads 1");
  const Outcome two = flyball_stdout(sweep + "--mode max --csv --threads 2");
  REQUIRE(one.exit_code == 0);
  CHECK(one.output == two.output);
  CHECK(std::count(one.output.begin(), one.output.end(), '\n') == 376);
  CHECK(one.output.starts_with("cpu_hz,gpu_hz,batch,requests_per_second,"));
  const TemporaryFile file(one.output);
  const Outcome fitted = flyball_stdout(
      "fit --board xavier-nx-8gb --train-rows 40 --json --measurements " + file.path());
  CHECK(fitted.exit_code == 0);
}

TEST_CASE("a sweep shows energy over both clocks, and says what is wrong with its options") {
  const Outcome text = flyball_stdout("sweep --board nano-4gb --workload resnet18 --requests 32");
  CHECK(text.output.find("% above the minimum") != std::string::npos);
  CHECK(text.output.find(" 0.0") != std::string::npos);
  const Outcome mode = flyball_stderr("sweep --board nano-4gb --workload resnet18 --mode fast");
  CHECK(mode.exit_code == 2);
  CHECK(mode.output.find("--mode fast: must be the id of a power mode, or max") !=
        std::string::npos);
  CHECK(flyball_stderr("sweep --board nano-4gb --workload resnet18 --mode 7")
            .output.find("there are: 0 (MAXN), 1 (5W)") != std::string::npos);
}

TEST_CASE("a sweep prints every CPU and GPU pair, the minimum and the Pareto front as JSON") {
  const Outcome outcome =
      flyball_stdout("sweep --board nano-4gb --workload resnet18 --requests 32 --json");
  REQUIRE(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(outcome.output);
  CHECK(json["points"].size() == 180);
  CHECK(json["minimum"]["energy_joules"] <= json["points"][0]["energy_joules"]);
  CHECK(json["pareto"].size() >= 2);
  CHECK(json["stock"]["served"] == 32);
}
