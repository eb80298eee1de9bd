#include "tools/evaluation/kept_runs.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "env/errors.h"
#include "tests/support/sample_policy.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

RunFigures run_of(double joules) {
  RunFigures figures;
  figures.energy_joules = joules;
  figures.residency_seconds = {{joules, 0.1}};
  figures.decide = DurationSummary{1, 1.0, 1.0, 1.0, 1.0};
  return figures;
}

}  // namespace

TEST_CASE("kept runs are there again for the same scenario, and for no other") {
  const TemporaryDirectory folder;
  const std::filesystem::path file = folder.path() / "runs.jsonl";
  {
    KeptResults results(file, "evaluate", "abc");
    KeptRuns(results, "street", "f00").keep("stock #1", run_of(0.1 + 0.2));
    KeptRuns(results, "street", "f00").keep("stock #2", run_of(5.0));
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);  // killed while writing
  KeptResults results(file, "evaluate", "abc");
  const KeptRuns street(results, "street", "f00");
  REQUIRE(street.find("stock #1"));
  CHECK(street.find("stock #1")->energy_joules == 0.1 + 0.2);
  CHECK_FALSE(street.find("stock #1")->decide);
  CHECK_FALSE(street.find("stock #2"));
  CHECK(street.count() == 1);
  CHECK(street.not_taken({}).empty());
  CHECK_FALSE(KeptRuns(results, "camera", "f00").find("stock #1"));
  const KeptRuns changed(results, "street", "f11");
  CHECK_FALSE(changed.find("stock #1"));
  REQUIRE(changed.not_taken({}).size() == 1);
  CHECK(changed.not_taken({})[0].starts_with("runs of street are not taken"));
}

TEST_CASE("runs of another version are refused, and it says so") {
  const TemporaryDirectory folder;
  const std::filesystem::path file = folder.path() / "runs.jsonl";
  { KeptResults(file, "evaluate", "0.1.0 abc").add("a", 1); }
  CHECK_THROWS_AS(KeptResults(file, "evaluate", "0.2.0 def"), DataError);
}

TEST_CASE("runs of another policy of the same name are not taken, and it says so") {
  const TemporaryDirectory folder;
  KeptResults results(folder.path() / "runs.jsonl", "evaluate", "abc");
  KeptRuns runs(results, "street", "f00");
  GovernorChoice choice = policy_choice(std::make_shared<const PolicyFile>(sample_policy()));
  runs.keep("policy policy crc32:00000000 bare #1", run_of(1.0));
  REQUIRE(runs.not_taken({choice}).size() == 1);
  CHECK(runs.not_taken({choice})[0] == "runs of another policy policy in street are not taken");
  CHECK(runs.not_taken({stock_choice()}).empty());
}
