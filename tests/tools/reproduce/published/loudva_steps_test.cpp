// The steps from a log to a policy on a small world, by the built program.
#include "tools/reproduce/published/loudva_steps.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tools/exit_codes.h"

using namespace flyball;

TEST_CASE("logs of stock alone are refused by train, and it names every way on") {
  const std::filesystem::path data = FLYBALL_SOURCE_DIR "/../shared/data/loudva";
  if (!std::filesystem::exists(data)) return skip_test("no measurements at " + data.string());
  const TemporaryDirectory folder;
  const LoudvaSteps steps(ShippedProgram(FLYBALL_BINARY_DIR "/flyball"), data, folder.path());
  const CommandOutcome outcome =
      steps.train_on({steps.import("stock_governor_0"), steps.import("stock_governor_3")});
  CHECK(outcome.exit_code == kExitBadInput);
  for (const char* way : {"flyball simulate", "flyball fit", "flyball twin", "flyballd explore"}) {
    CAPTURE(way);
    CHECK(outcome.remarks.find(way) != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(folder.path() / "of_logs_alone.flyball"));
}

TEST_CASE("traces of a run are what it was sent, or as long as asked") {
  const std::filesystem::path data = FLYBALL_SOURCE_DIR "/../shared/data/loudva";
  if (!std::filesystem::exists(data)) return skip_test("no measurements at " + data.string());
  const TemporaryDirectory folder;
  const LoudvaSteps steps(ShippedProgram(FLYBALL_BINARY_DIR "/flyball"), data, folder.path());
  const auto first = steps.drawn_trace({"stock_governor_0", "stock_governor_3"}, 600.0, 1);
  const auto second = steps.drawn_trace({"stock_governor_0", "stock_governor_3"}, 600.0, 2);
  CHECK(first != second);
  CHECK(std::filesystem::file_size(first) > 1000);
  CHECK(std::filesystem::file_size(steps.trace("stock_governor_0")) > 1000);
}
