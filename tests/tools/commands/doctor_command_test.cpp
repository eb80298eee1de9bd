#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program_run.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// What the doctor says of one thing.
nlohmann::json finding_of(const std::string& output, const std::string& what) {
  const nlohmann::json all = nlohmann::json::parse(output);
  for (const auto& finding : all["findings"]) {
    if (finding["what"] == what) return finding;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("the doctor says of everything whether it is there, and what it is for") {
  const Outcome said = flyball_stdout("doctor");
  CHECK(said.exit_code == 0);
  CHECK(said.output.find("boards, ") != std::string::npos);
  CHECK(said.output.find("for: emulate: a board's files") != std::string::npos);
  const auto configs = finding_of(flyball_stdout("doctor --json").output, "configs");
  CHECK(configs["is_there"] == true);
}

TEST_CASE("a program that PATH does not lead to is missing, by the package that has it") {
  const std::string path = std::getenv("PATH");
  const TemporaryDirectory empty;
  setenv("PATH", empty.path().c_str(), 1);
  const Outcome said = flyball_stdout("doctor --json");
  setenv("PATH", path.c_str(), 1);
  CHECK(said.exit_code == 0);
  const auto tc = finding_of(said.output, "tc");
  CHECK(tc["is_there"] == false);
  CHECK(tc["detail"] == "not in PATH; Debian's package iproute2 has it");
}

TEST_CASE("without its configurations little works: exit code 1") {
  const Outcome said = flyball_stdout("--configs /nonexistent doctor --json");
  CHECK(said.exit_code == 1);
  const auto configs = finding_of(said.output, "configs");
  CHECK(configs["is_there"] == false);
  CHECK(configs["detail"].get<std::string>().find("/nonexistent") != std::string::npos);
}
