#include "tools/jobs/shipped_program.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "env/errors.h"
#include "tools/exit_codes.h"

using namespace flyball;

namespace {

const ShippedProgram& flyball_program() {
  static const ShippedProgram program(FLYBALL_BINARY_DIR "/flyball");
  return program;
}

}  // namespace

TEST_CASE("a command's exit code, its output and its remarks are told apart") {
  const CommandOutcome version = flyball_program().run({"--version"});
  CHECK(version.exit_code == kExitOk);
  CHECK(version.output.starts_with("flyball "));
  CHECK(version.remarks.empty());
  const CommandOutcome wrong = flyball_program().run({"boards", "none such"});
  CHECK(wrong.exit_code == kExitBadInput);
  CHECK(wrong.output.empty());
  CHECK(wrong.remarks.find("none such") != std::string::npos);
}

TEST_CASE("what a command says as JSON is given as such") {
  const nlohmann::json board = flyball_program().ask({"boards", "nano-4gb"});
  CHECK(board.dump().find("nano-4gb") != std::string::npos);
}

TEST_CASE("a command that fails is an error that says which and why") {
  CHECK_THROWS_WITH_AS(flyball_program().ask({"boards", "none such"}),
                       doctest::Contains("flyball boards none such --json ended with exit code 3"),
                       DataError);
}

TEST_CASE("a program that is not there cannot be started") {
  CHECK_THROWS_AS(ShippedProgram("/nowhere/flyball").run({}), std::system_error);
}
