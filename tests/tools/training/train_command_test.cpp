// `flyball train` and `flyball dataset` as a user meets them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/policies/temporary_directory.h"
#include "tests/tools/program_run.h"

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
