#include "tools/daemon/canary_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/temporary_directory.h"
#include "tools/daemon/canary_report.h"
#include "tools/daemon/state_file.h"

using namespace flyball;

namespace {

CanarySlice slice_of(double joules, double missed) {
  CanarySlice slice;
  slice.cost = {16.0, joules, 10.0, 100.0, missed};
  return slice;
}

CanaryTrial trial_of(int pairs, double joules, double missed = 0.0) {
  CanaryTrial trial({});
  for (int i = 0; i < pairs; ++i) trial.add(slice_of(100.0, 0.0), slice_of(joules, missed));
  return trial;
}

}  // namespace

TEST_CASE("what a canary found is read as it was written, of the same key alone") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "lib/canary";
  const CanaryTrial trial = trial_of(3, 91.7);
  {
    StateFile file(path);
    CHECK(file.read().empty());
    file.write(to_text(trial_of(30, 90.0).memory(), "k"));  // longer
    file.write(to_text(trial.memory(), "k"));
  }
  const std::string text = StateFile(path).read();
  CHECK(!canary_memory(text, "other"));
  const std::optional<CanaryMemory> memory = canary_memory(text, "k");
  REQUIRE(memory);
  REQUIRE(memory->pairs.size() == 3);
  CHECK(memory->pairs[2].energy == trial.memory().pairs[2].energy);
  CHECK(memory->learned.cost.energy_joules == trial.memory().learned.cost.energy_joules);
  CanaryTrial next({});
  next.resume(*memory);
  CHECK(next.saving_low() == trial.saving_low());
}

TEST_CASE("what is not whole or not to be trusted is refused, and nothing is followed") {
  const std::string whole = to_text(trial_of(2, 90.0).memory(), "k");
  CHECK(canary_memory(whole, "k"));
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7) {
    CAPTURE(size);
    if (whole.substr(0, size).find("key k\n") == std::string::npos) continue;
    CHECK_THROWS_AS(canary_memory(whole.substr(0, size), "k"), std::runtime_error);
  }
  for (const auto& [from, to] : {std::pair{"verdict 0", "verdict 3"},
                                 {"pairs 2", "pairs 99999999"},
                                 {"pairs 2", "pairs 1"},
                                 {"cause 0", "cause x"}}) {
    CAPTURE(to);
    std::string text = whole;
    text.replace(text.find(from), std::string(from).size(), to);
    CHECK_THROWS_AS(canary_memory(text, "k"), std::runtime_error);
  }
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "target") << "x";
  std::filesystem::create_symlink(directory.path() / "target", directory.path() / "link");
  CHECK_THROWS_AS(StateFile(directory.path() / "link"), std::system_error);
  std::filesystem::permissions(directory.path() / "target", std::filesystem::perms(0666));
  CHECK_THROWS_WITH_AS(StateFile(directory.path() / "target"), doctest::Contains("writable by"),
                       std::runtime_error);
}

TEST_CASE("a canary says in a line what it has found and why") {
  CHECK(
      to_text(report_of(trial_of(0, 90.0))).ends_with(": no pair of slices has been compared yet"));
  CHECK(to_text(report_of(trial_of(2, 90.0)))
            .starts_with("canary: undecided, the policy has 10 % of the time: after 2 pairs of "
                         "slices saves 10.0 % of "
                         "energy per request (95 % sure: "));
  const CanaryReport bad = report_of(trial_of(40, 80.0, 50.0));
  CHECK(bad.verdict == CanaryVerdict::kRolledBack);
  CHECK(bad.reason.starts_with("what is asked of it is missed more than under stock: after "));
  CHECK(bad.reason.ends_with("missed 50.00 %, stock 0.00 %"));
  CHECK(to_json(bad)["verdict"] == "rolled back");
  CHECK(to_json(report_of(trial_of(2, 90.0)))["reason"].is_null());
  CHECK(to_text(report_of(trial_of(40, 80.0))).starts_with("canary: kept, the policy has 90 %"));
}
