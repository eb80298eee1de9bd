#include "tools/training/scenario_validation.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/queue_policy.h"
#include "tests/support/temporary_directory.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"

using namespace flyball;

namespace {

const char* const kScenario = "street-tx2";
constexpr double kLate = 0.5;  // a scale at which some requests are late

ValidationFigures figures_of(double scale, const std::string& scenario = kScenario,
                             std::optional<double> in_time_share = {}) {
  ValidationConfig config;
  config.scenario = scenario;
  config.in_time_share = in_time_share;
  config.seed = 7;
  const auto policy = queue_policy(make_plan(load_scenario(scenario), {7}), scale);
  const PolicyJudge judge = scenario_judge(config);
  CHECK_FALSE(judge.confirm);  // not asked for
  const ValidationFigures first = judge.measure(*policy);
  const ValidationFigures again = judge.measure(*policy);  // stock is not run again
  CHECK(again.saving == first.saving);
  CHECK(again.in_time_share == first.in_time_share);
  return first;
}

// The scenario of a workload that says of itself that it is a twin.
struct TwinScenario {
  TwinScenario(double margin, bool replays) : file(directory.path() / "s.toml") {
    const auto extended = [](const char* kind, const char* name) {
      return fmt::format("extends = \"{}\"\n", find_config(kind, name).string());
    };
    std::ofstream(directory.path() / "w.toml")
        << extended("workloads", "efficientnet_b4")
        << fmt::format("[twin]\nlatency_margin = {}\nreplays = {}\n", margin, replays);
    std::ofstream(file) << extended("scenarios", kScenario) << "workload = 'w.toml'\n";
  }
  TemporaryDirectory directory;
  std::string file;
};

}  // namespace

TEST_CASE("a policy that serves in time only because the guard stops it is not feasible") {
  const ValidationFigures blind = figures_of(0.0);
  CHECK(!blind.feasible);
  CHECK(blind.in_time_share < 0.9);  // what it does by itself, not what the guard makes of it
}

TEST_CASE("a policy that keeps up by itself is feasible") {
  const ValidationFigures good = figures_of(10.0);
  CHECK(good.feasible);
  CHECK(good.in_time_share > 0.99);
}

TEST_CASE("on a twin the limits are as much tighter as its margin says") {
  const TwinScenario whole(1.0, true);
  const TwinScenario quarter(0.25, true);
  CHECK(figures_of(10.0, whole.file).in_time_share == figures_of(10.0).in_time_share);
  CHECK(figures_of(10.0, quarter.file).in_time_share < figures_of(10.0).in_time_share - 0.05);
}

TEST_CASE("a twin that does not replay its logs is doubted as a judge, naming it") {
  const TwinScenario good(0.9, true);
  CHECK(doubts_about_judge(good.file).empty());
  CHECK(doubts_about_judge(kScenario).empty());
  const TwinScenario unfit(0.9, false);
  REQUIRE(doubts_about_judge(unfit.file).size() == 1);
  CHECK(doubts_about_judge(unfit.file).front().find("w.toml does not replay the logs") !=
        std::string::npos);
}

TEST_CASE("a scenario of another board than the data's is refused, naming both") {
  CHECK_NOTHROW(require_board(kScenario, "tx2-8gb", "run.csv"));
  const std::string error = error_text([] { require_board(kScenario, "nano-4gb", "run.csv"); });
  CHECK(error.find("street-tx2 is of the board tx2-8gb, run.csv of nano-4gb") != std::string::npos);
}

TEST_CASE(
    "a policy that leaves less than three tenths of the allowed misses to spare is not feasible") {
  const ValidationFigures some_late = figures_of(kLate);
  const double late = 1.0 - some_late.in_time_share;
  REQUIRE(late > 0.0);
  REQUIRE(late < 0.5);
  CHECK(figures_of(kLate, kScenario, 1.0 - late / 0.6).feasible);
  const ValidationFigures near = figures_of(kLate, kScenario, 1.0 - late / 0.8);
  CHECK(!near.feasible);
  CHECK(near.in_time_share > 1.0 - late / 0.8);
  CHECK(near.in_time_asked == 1.0 - late / 0.8);
}

TEST_CASE(
    "further arrivals confirm a policy that keeps the limit on them, with a little to spare") {
  const auto confirmed = [](double in_time_share) {
    ValidationConfig config;
    config.scenario = kScenario;
    config.in_time_share = in_time_share;
    config.seed = 6;
    config.confirm_runs = 1;  // with the seed of figures_of()
    const auto policy = queue_policy(make_plan(load_scenario(kScenario), {7}), kLate);
    const PolicyJudge judge = scenario_judge(config);
    return judge.confirms(*policy);
  };
  const double late = 1.0 - figures_of(kLate).in_time_share;
  REQUIRE(late > 0.0);
  CHECK(confirmed(1.0 - late / 0.8));
  CHECK_FALSE(confirmed(1.0 - late / 0.9));
}
