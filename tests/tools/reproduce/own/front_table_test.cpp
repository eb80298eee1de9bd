#include "tools/reproduce/own/front_table.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>
#include <string>

#include "policies/preference.h"
#include "tests/support/temporary_directory.h"
#include "tools/reproduce/own/front_policy.h"

using namespace flyball;

namespace {

// Two settings besides stock, so that every figure can be told by hand.
FrontMode two_settings() {
  FrontMode mode;
  mode.name = "test";
  mode.stock.energy_joules = 100.0;
  mode.stock.latency_mean_seconds = 1.0;
  mode.stock.served = 10;
  for (const auto& [energy, latency] : {std::pair{80.0, 1.5}, std::pair{95.0, 1.1}}) {
    OraclePoint setting;
    setting.figures.energy_joules = energy;
    setting.figures.latency_mean_seconds = latency;
    setting.figures.served = 10;
    mode.settings.push_back(setting);
  }
  return mode;
}

}  // namespace

TEST_CASE("the best fixed setting is that of the preference, under its limit") {
  const FrontMode mode = two_settings();
  RewardConfig reward;
  reward.energy_reference_joules = 10.0;
  reward.latency_reference_seconds = 1.0;
  CHECK(best_setting(mode, reward, 2.0).energy_joules == 80.0);
  CHECK(best_setting(mode, reward, 1.4).energy_joules == 95.0);
  reward.eta = 0.2;
  CHECK(best_setting(mode, reward, 2.0).energy_joules == 95.0);
  CHECK_THROWS_WITH_AS(best_setting(mode, reward, 1.0),
                       "mode test: no fixed setting has a mean latency under 1 s",
                       std::runtime_error);
}

TEST_CASE("the quick front: one policy keeps every limit near the best fixed setting's cost") {
  setenv("FLYBALL_CONFIGS", FLYBALL_SOURCE_DIR "/configs", 1);
  const TemporaryDirectory directory;
  FrontOptions options;
  options.effort = Effort::kQuick;
  options.threads = 1;
  options.plot = directory.path() / "front.svg";
  ReproductionTable table("front");
  reproduce_front(options, table);
  std::size_t limits = 0;
  std::size_t regrets = 0;
  for (const ReproductionRow& row : table.rows()) {
    CAPTURE(row.name);
    if (row.name.find("latency of the limit") != std::string::npos) {
      ++limits;
      CHECK(row.ours <= 100.0);
    } else if (row.name.find("regret, median") != std::string::npos) {
      ++regrets;
      CHECK(row.ours < row.published.value() + 1.0);  // % of stock; one seed is no median
    }
  }
  CHECK(limits == 10);
  CHECK(regrets == 10);
  std::ifstream plot(*options.plot);
  std::string first_line;
  std::getline(plot, first_line);
  CHECK(first_line.starts_with("<svg "));
}
