// `flyball train` and `flyball dataset` as a user meets them.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Without the header, which says where the data came from.
std::string tensors_of(const std::filesystem::path& policy) {
  const std::string bytes = bytes_of(policy);
  REQUIRE(bytes.size() > 8);
  std::size_t header = 0;
  for (int i = 3; i >= 0; --i) {
    header = 256 * header + static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  }
  return bytes.substr(8 + header);
}

std::size_t lines_of(const std::filesystem::path& path) {
  const std::string text = bytes_of(path);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Outcome flyball_run(const std::string& arguments) {
  return run_program("flyball", arguments + " 2>&1");
}

}  // namespace

TEST_CASE("a dataset trains the same policy as the log it was made from") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 400 -o " + at + "log.csv").exit_code ==
      0);
  const Outcome made =
      flyball_run(fmt::format("dataset quickstart --log {0}log.csv -o {0}d.hdf5 --json", at));
  REQUIRE(made.exit_code == 0);
  const auto report = nlohmann::json::parse(made.output);
  CHECK(report["transitions"].get<std::size_t>() > 50);
  for (const std::string source : {"--log {}log.csv", "--dataset {}d.hdf5"}) {
    const Outcome trained =
        flyball_run(fmt::format("train quickstart --steps 20 {} -o {}{}.flyball",
                                fmt::format(fmt::runtime(source), at), at, source.substr(2, 1)));
    CAPTURE(trained.output);
    REQUIRE(trained.exit_code == 0);
  }
  CHECK(tensors_of(at + "l.flyball") == tensors_of(at + "d.flyball"));
  const Outcome shown = flyball_run("inspect --json " + at + "d.hdf5");
  REQUIRE(shown.exit_code == 0);
  const auto dataset = nlohmann::json::parse(shown.output);
  CHECK(dataset["transitions"] == report["transitions"]);
  CHECK(dataset["sources"] == nlohmann::json::array({at + "log.csv"}));
  CHECK(dataset["decided_by"]["random"].get<std::size_t>() > 0);
}

TEST_CASE("without a configuration one is made of the log, which makes the same policy again") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 900 -o " + at + "log.csv").exit_code ==
      0);
  const Outcome made =
      flyball_run(fmt::format("train --log {0}log.csv --limit-latency 0.9 -o {0}p.flyball", at));
  CAPTURE(made.output);
  REQUIRE(made.exit_code == 0);
  for (const char* part : {"load: saturated", "learner: least squares", "recipe: "}) {
    CHECK(made.output.find(part) != std::string::npos);
  }
  const Outcome again =
      flyball_run(fmt::format("train {0}p.toml --log {0}log.csv -o {0}q.flyball", at));
  REQUIRE(again.exit_code == 0);
  CHECK(bytes_of(at + "p.flyball") == bytes_of(at + "q.flyball"));
  const Outcome deadline =
      flyball_run(fmt::format("train --log {0}log.csv --in-time 0.99 -o {0}r.flyball", at));
  CHECK(deadline.exit_code == 2);
  CHECK(deadline.output.find("give --limit-latency S") != std::string::npos);
  CHECK(flyball_run(fmt::format("train -o {0}r.flyball", at)).exit_code == 2);
  CHECK(flyball_run(fmt::format("train quickstart --limit-latency 1 -o {0}r.flyball", at))
            .exit_code == 2);
}

TEST_CASE("a log of the stock governors alone is refused, with its figures and the way on") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(flyball_run("simulate --scenario quickstart --explore 0 --duration 400 -o " + at +
                      "stock.csv")
              .exit_code == 0);
  const std::string train =
      fmt::format("train quickstart --log {0}stock.csv --steps 20 -o {0}p.flyball", at);
  const Outcome refused = flyball_run(train);
  CAPTURE(refused.output);
  CHECK(refused.exit_code == 3);
  for (const char* part : {"residents 0.2", "no exploration", "flyball simulate --explore"}) {
    CHECK(refused.output.find(part) != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(at + "p.flyball"));
  const Outcome forced = flyball_run(train + " --force");
  CHECK(forced.exit_code == 0);
  CHECK(forced.output.find("warning: there is no exploration") != std::string::npos);
  CHECK(std::filesystem::exists(at + "p.flyball"));
  const auto report = nlohmann::json::parse(bytes_of(at + "p.flyball.run/report.json"));
  CHECK(report["warnings"][0].get<std::string>().starts_with("there is no exploration"));
}

TEST_CASE("a damaged dataset ends train, dataset and inspect with exit code 3 and its name") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "d.hdf5";
  std::ofstream(path) << "\x89HDF\r\n\x1a\nand no more";
  for (const std::string command :
       {"train quickstart -o {0}.flyball --dataset {0}",
        "dataset quickstart -o {0}.hdf5 --dataset {0}", "inspect {0}"}) {
    const Outcome outcome = flyball_run(fmt::format(fmt::runtime(command), path));
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.output.find(path + ": not a readable HDF5 file") != std::string::npos);
  }
  CHECK(flyball_run("dataset quickstart --mix 2 -o " + path).exit_code == 2);
}

namespace {

// A small dataset to train on.
std::string make_dataset(const std::filesystem::path& directory) {
  std::ofstream(directory / "small.toml") << R"(knobs = ["cpu", "gpu"]
period_seconds = 4
[[simulate]]
scenario = "quickstart"
duration_seconds = 300
[observation]
with_effective = false
with_utilization = false
[objective]
constraint = "latency"
limit_factor = 1.4
[network]
hidden = [32, 32]
[learner]
gamma = 0.3
)";
  const std::string config = directory / "small.toml";
  REQUIRE(
      flyball_run(fmt::format("dataset {} -o {}/d.hdf5", config, directory.string())).exit_code ==
      0);
  // Too little to learn a policy worth having from.
  return fmt::format("{} --dataset {}/d.hdf5 --force", config, directory.string());
}

}  // namespace

TEST_CASE("stopped and resumed, a training ends with the same bytes") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const std::string data = make_dataset(directory.path());
  REQUIRE(flyball_run(fmt::format("train {} --steps 600 -o {}whole.flyball", data, at)).exit_code ==
          0);
  const std::string whole = bytes_of(at + "whole.flyball");
  const std::string part = at + "part.flyball";

  SUBCASE("N steps, and N more") {
    REQUIRE(flyball_run(fmt::format("train {} --steps 300 -o {}", data, part)).exit_code == 0);
    CHECK(bytes_of(part) != whole);
    const Outcome outcome =
        flyball_run(fmt::format("train --resume {}.run --force --steps 600", part));
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(bytes_of(part) == whole);
    CHECK(bytes_of(part + ".run/losses.csv") == bytes_of(at + "whole.flyball.run/losses.csv"));
  }
  SUBCASE("killed, wherever it was, again and again") {
    for (const std::size_t rows : {2U, 5U, 9U}) {
      const std::string command = rows == 2U ? fmt::format("train {} --steps 600 -o {}", data, part)
                                             : fmt::format("train --resume {}.run --force", part);
      std::vector<std::string> arguments{FLYBALL_BINARY_DIR "/flyball"};
      std::istringstream words(command + (rows == 2U ? " --checkpoint 0" : ""));
      for (std::string word; words >> word;) arguments.push_back(word);
      ChildProcess child(arguments, at + "output");
      REQUIRE(child.wait_until([&] { return lines_of(part + ".run/losses.csv") >= rows; }));
      child.signal(SIGKILL);
      REQUIRE(child.wait() == -SIGKILL);
      CHECK_FALSE(std::filesystem::exists(part));
    }
    const Outcome outcome = flyball_run(fmt::format("train --resume {}.run --force", part));
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
    CHECK(bytes_of(part) == whole);
    CHECK(bytes_of(part + ".run/losses.csv") == bytes_of(at + "whole.flyball.run/losses.csv"));
  }
  SUBCASE("Ctrl-C saves a policy and a checkpoint") {
    std::vector<std::string> arguments{FLYBALL_BINARY_DIR "/flyball", "train"};
    std::istringstream words(data + " --steps 600 -o " + part);
    for (std::string word; words >> word;) arguments.push_back(word);
    ChildProcess child(arguments, at + "output");
    REQUIRE(child.wait_until([&] { return lines_of(part + ".run/losses.csv") >= 3; }));
    child.signal(SIGINT);
    REQUIRE(child.wait() == 130);
    CHECK(std::filesystem::exists(part));
    CHECK(flyball_run(fmt::format("train --resume {}.run --force", part)).exit_code == 0);
    CHECK(bytes_of(part) == whole);
  }
}

TEST_CASE("several seeds: each the same as alone, and the spread between them") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const std::string data = make_dataset(directory.path());
  const Outcome seeds = run_program(
      "flyball",
      fmt::format("train {} --steps 100 --seed 4 --seeds 3 --jobs 2 --json -o {}p.flyball", data,
                  at),
      "2>/dev/null");
  REQUIRE(seeds.exit_code == 0);
  const auto summary = nlohmann::json::parse(seeds.output);
  REQUIRE(summary["seeds"].size() == 3);
  CHECK(summary["seeds"][2]["seed"] == 6);
  CHECK(summary["saving"]["worst"] <= summary["saving"]["median"]);
  CHECK(summary["saving"]["median"] <= summary["saving"]["best"]);
  CHECK_FALSE(summary["measured"].get<bool>());
  REQUIRE(flyball_run(fmt::format("train {} --steps 100 --seed 5 -o {}alone.flyball", data, at))
              .exit_code == 0);
  CHECK(bytes_of(at + "alone.flyball") == bytes_of(at + "p.seed-5.flyball"));
  CHECK(bytes_of(at + "p.seed-5.flyball") != bytes_of(at + "p.seed-6.flyball"));
  const auto middle = summary["median_seed"].get<int>();
  CHECK(bytes_of(at + "p.flyball") == bytes_of(fmt::format("{}p.seed-{}.flyball", at, middle)));

  REQUIRE(flyball_run(fmt::format("train --resume {}p.flyball.run --force --steps 150", at))
              .exit_code == 0);
  REQUIRE(flyball_run(fmt::format("train {} --steps 150 --seed 5 -o {}alone.flyball", data, at))
              .exit_code == 0);
  CHECK(bytes_of(at + "alone.flyball") == bytes_of(at + "p.seed-5.flyball"));
}

TEST_CASE("several seeds, interrupted: what is finished is kept, and nothing half-trained") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const std::string data = make_dataset(directory.path());
  std::vector<std::string> arguments{FLYBALL_BINARY_DIR "/flyball", "train"};
  std::istringstream words(
      fmt::format("{} --steps 1000 --seed 4 --seeds 3 --jobs 1 -o {}p.flyball", data, at));
  for (std::string word; words >> word;) arguments.push_back(word);
  ChildProcess child(arguments, at + "output");
  REQUIRE(child.wait_until([&] { return lines_of(at + "p.flyball.run/seed-5/losses.csv") > 1; }));
  child.signal(SIGINT);
  CHECK(child.wait() == 130);
  CHECK(std::filesystem::exists(at + "p.seed-4.flyball"));
  CHECK_FALSE(std::filesystem::exists(at + "p.seed-5.flyball"));
  CHECK_FALSE(std::filesystem::exists(at + "p.seed-6.flyball"));
  CHECK_FALSE(std::filesystem::exists(at + "p.flyball"));
  const std::string output = bytes_of(at + "output");
  CHECK(output.find("partial   seeds 5, 6 are not finished") != std::string::npos);
  CHECK(output.find("1 of 3 seeds are finished") != std::string::npos);
  CHECK(flyball_run(fmt::format("train --resume {}p.flyball.run --force", at)).exit_code == 0);
  CHECK(std::filesystem::exists(at + "p.flyball"));
}

TEST_CASE("a run that another process writes is left alone, and who writes it is named") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const std::string data = make_dataset(directory.path());
  std::vector<std::string> arguments{FLYBALL_BINARY_DIR "/flyball", "train"};
  std::istringstream words(data + " --steps 100000000 -o " + at + "p.flyball");
  for (std::string word; words >> word;) arguments.push_back(word);
  ChildProcess child(arguments, at + "output");
  REQUIRE(child.wait_until([&] { return lines_of(at + "p.flyball.run/losses.csv") > 1; }));
  for (const std::string& second : {data + " --steps 10 --seed 5 -o " + at + "p.flyball",
                                    data + " --steps 10 --seeds 2 -o " + at + "p.flyball",
                                    "--resume " + at + "p.flyball.run --force"}) {
    const Outcome refused = flyball_run("train " + second);
    CAPTURE(second);
    CHECK(refused.exit_code == 3);
    CHECK(refused.output.find(fmt::format("p.flyball.run: process {} writes this run",
                                          child.pid())) != std::string::npos);
  }
  child.signal(SIGINT);
  CHECK(child.wait() == 130);
  CHECK(
      flyball_run(fmt::format("train {} --steps 10 --seed 5 -o {}p.flyball", data, at)).exit_code ==
      0);
}

TEST_CASE("measured on a scenario, the best policy is kept and training stops when none comes") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const std::string data = make_dataset(directory.path());
  std::ofstream(directory.path() / "small.toml", std::ios::app)
      << "[validation]\nscenario = \"quickstart\"\nevery_steps = 50\npatience = 2\nseed = 7\n";
  const Outcome outcome = run_program(
      "flyball",
      fmt::format("train {} --validate quickstart --steps 5000 --json -o {}p.flyball", data, at),
      "2>/dev/null");
  REQUIRE(outcome.exit_code == 0);
  const auto report = nlohmann::json::parse(outcome.output);
  CHECK(report["stopped_early"].get<bool>());
  CHECK_FALSE(report["interrupted"].get<bool>());
  const auto steps = report["steps"].get<std::uint64_t>();
  CHECK(steps < 5000);
  CHECK(report["validation"]["best_step"].get<std::uint64_t>() == steps - 100);
  CHECK(bytes_of(at + "p.flyball") == bytes_of(at + "p.flyball.run/best.flyball"));
  CHECK(lines_of(at + "p.flyball.run/validation.csv") == steps / 50 + 1);
  const Outcome measured = run_program(
      "flyball", fmt::format("evaluate --scenario quickstart --governors {}p.flyball --json -", at),
      "2>/dev/null");
  CHECK(measured.exit_code == 0);
}

TEST_CASE("what is measured on a scenario stays for its own log, and another's is told") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const auto train = [&](const std::string& scenario) {
    REQUIRE(flyball_run(
                fmt::format("simulate --scenario {0} --duration 400 -o {1}{0}.csv", scenario, at))
                .exit_code == 0);
    return flyball_run(fmt::format(
        "train quickstart --set validation.scenario=quickstart --set validation.runs=1 --steps 20 "
        "--force --log {0}{1}.csv -o {0}p.flyball",
        at, scenario));
  };
  const Outcome own = train("quickstart");
  CAPTURE(own.output);
  CHECK(own.exit_code == 0);
  CHECK(own.output.find("less energy than stock on quickstart") != std::string::npos);
  CHECK(own.output.find("not measured on") == std::string::npos);
  const Outcome other = train("neighbour-nano");
  CAPTURE(other.output);
  CHECK(other.output.find("neighbour-nano.csv is of the scenario neighbour-nano") !=
        std::string::npos);
  CHECK(other.output.find("not measured on quickstart") != std::string::npos);
}

TEST_CASE("a judge of another board, or a twin that does not replay, is refused before training") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 400 -o " + at + "log.csv").exit_code ==
      0);
  const std::string train = fmt::format("train quickstart --log {0}log.csv -o {0}p.flyball", at);
  const Outcome other = flyball_run(train + " --validate street-tx2");
  CHECK(other.exit_code == 3);
  CHECK(other.output.find("street-tx2 is of the board tx2-8gb, " + at + "log.csv of nano-4gb") !=
        std::string::npos);
  const std::string configs = FLYBALL_SOURCE_DIR "/configs/";
  std::ofstream(at + "w.toml") << "extends = \"" << configs << "workloads/resnet18.toml\"\n"
                               << "[twin]\nlatency_margin = 0.5\nreplays = false\n";
  std::ofstream(at + "s.toml") << "extends = \"" << configs << "scenarios/quickstart.toml\"\n"
                               << "workload = \"w.toml\"\n";
  const Outcome unfit = flyball_run(train + " --validate " + at + "s.toml");
  CHECK(unfit.exit_code == 3);
  CHECK(unfit.output.find("w.toml does not replay the logs") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(at + "p.flyball.run"));
  const Outcome forced = flyball_run(train + " --force --validate " + at + "s.toml");
  CAPTURE(forced.output);
  CHECK(forced.output.find("warning: " + at + "w.toml does not replay") != std::string::npos);
  CHECK(forced.output.find("limits on latency are kept to 0.5 of them") != std::string::npos);
  const auto config = nlohmann::json::parse(bytes_of(at + "p.flyball.run/config.json"));
  CHECK(config["objective"]["margin"] == doctest::Approx(0.495));
}

TEST_CASE("the recipe for saturated jobs warns of requests with deadlines") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  const auto trained_on = [&](const std::string& scenario) {
    REQUIRE(
        flyball_run(fmt::format("simulate --scenario {} --duration 300 -o {}log.csv", scenario, at))
            .exit_code == 0);
    return flyball_run(fmt::format("train saturated --log {0}log.csv -o {0}p.flyball", at)).output;
  };
  CHECK(trained_on("street-tx2").find("requests have deadlines, 0.4 s") != std::string::npos);
  CHECK(trained_on("quickstart").find("have deadlines") == std::string::npos);
}

TEST_CASE("least squares says that it looks for no price") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 400 -o " + at + "log.csv").exit_code ==
      0);
  const std::string train = fmt::format(
      "train quickstart --log {0}log.csv -o {0}p.flyball --set validation.price_step=2", at);
  CHECK(flyball_run(train).output.find("price_step does nothing") != std::string::npos);
  CHECK(flyball_run(train + " --steps 20").output.find("price_step") == std::string::npos);
}

TEST_CASE("a wrong command line of train is refused with exit code 2") {
  CHECK(flyball_run("train").exit_code == 2);
  CHECK(flyball_run("train quickstart").exit_code == 2);
  CHECK(flyball_run("train quickstart -o p --resume p.run").exit_code == 2);
  CHECK(flyball_run("train quickstart -o p --seeds 2 --threads 2").exit_code == 2);
  const Outcome outcome = flyball_run("train --resume /nowhere");
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.output.find("/nowhere: nothing to resume") != std::string::npos);
}

TEST_CASE("logs explored with caps and with pins are not trained on together, nor as each other") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  for (const std::string caps : {"[]", "[\\\"gpu\\\"]"}) {
    const std::string name = caps == "[]" ? "pins" : "caps";
    REQUIRE(flyball_run(fmt::format("simulate --scenario quickstart --duration 600 --set "
                                    "control.caps={} -o {}{}.csv",
                                    caps, at, name))
                .exit_code == 0);
  }
  const Outcome both = flyball_run(
      fmt::format("train saturated --log {0}pins.csv --log {0}caps.csv -o {0}p.flyball", at));
  CHECK(both.exit_code == 3);
  CHECK(both.output.find("caps.csv: its exploration caps gpu, the training pins it") !=
        std::string::npos);
  const Outcome pinned =
      flyball_run(fmt::format("train saturated --log {0}pins.csv --set 'caps=[\"gpu\"]' --set "
                              "'knobs=[\"cpu\", \"gpu\"]' -o {0}p.flyball",
                              at));
  CHECK(pinned.exit_code == 3);
  CHECK(pinned.output.find("its exploration pins gpu") != std::string::npos);
}

TEST_CASE("a recipe that is made of logs takes nobody's place") {
  const TemporaryDirectory directory;
  const std::string at = directory.path().string() + "/";
  REQUIRE(
      flyball_run("simulate --scenario quickstart --duration 600 -o " + at + "l.csv").exit_code ==
      0);
  std::ofstream(at + "note.toml") << "mine = 1\n";
  const Outcome taken = flyball_run(fmt::format("train --log {0}l.csv -o {0}note.flyball", at));
  CHECK(taken.exit_code == 2);
  CHECK(bytes_of(at + "note.toml") == "mine = 1\n");
  CHECK(flyball_run(fmt::format("train --log {0}l.csv -o {0}p.toml", at)).exit_code == 2);
}

TEST_CASE("the keys that --help and configs/README.md set as an example can be set") {
  const TemporaryDirectory directory;
  const std::string train = "train quickstart --set simulate[0].duration_seconds=1800 -o " +
                            (directory.path() / "p.flyball").string();
  const auto runs_with_examples_of = [&](const std::string& text) {
    const std::regex assignment("([a-z_]+(\\[0\\])?(\\.[a-z_]+)*=[0-9.]*[0-9])");
    std::string arguments = train;
    for (std::sregex_iterator it(text.begin(), text.end(), assignment), end; it != end; ++it) {
      arguments += " --set " + it->str();
    }
    CAPTURE(arguments);
    CHECK(std::count(arguments.begin(), arguments.end(), '=') == 3);
    const Outcome outcome = flyball_run(arguments);
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 0);
  };
  const std::string help = flyball_run("train --help").output;
  const std::size_t set = help.find("--set KEY=VALUE");
  runs_with_examples_of(help.substr(set, help.find("\n  -", set) - set));
  const std::string page = bytes_of(FLYBALL_SOURCE_DIR "/configs/README.md");
  const std::size_t line = page.find("\nflyball train quickstart --set") + 1;
  REQUIRE(line > 0);
  runs_with_examples_of(page.substr(line, page.find('\n', line) - line));
}
