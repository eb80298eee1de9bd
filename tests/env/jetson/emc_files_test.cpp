#include "env/jetson/emc_files.h"

#include <doctest/doctest.h>

#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

const std::string kHalt = "/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt";
const std::string kRates = "/sys/kernel/debug/bpmp/debug/emc/possible_rates";
const std::string kOverride = "/sys/kernel/debug/clk/override.emc";

}  // namespace

TEST_CASE("without debugfs there is no memory clock") {
  BoardTree tree;
  CHECK_FALSE(find_emc_files(tree.root()).has_value());
  tree.write(kEmc + "/rate", "800000000");  // its lock is not there
  CHECK_FALSE(find_emc_files(tree.root()).has_value());
}

TEST_CASE("a BPMP board's memory clock is locked and read at one place") {
  BoardTree tree;
  tree.add_board();
  const auto files = find_emc_files(tree.root());
  REQUIRE(files.has_value());
  CHECK(files->interface == EmcInterface::kBpmp);
  CHECK(files->rate == tree.root() + kEmc + "/rate");
  CHECK(files->running == files->rate);
  CHECK(files->lock == tree.root() + kEmc + "/mrq_rate_locked");
  CHECK(files->halt.empty());
  CHECK(files->cap == tree.root() + "/sys/kernel/nvpmodel_emc_cap/emc_iso_cap");
  CHECK(files->activity == tree.root() + "/sys/kernel/actmon_avg_activity/mc_all");
}

TEST_CASE("a bandwidth manager that can be halted is JetPack 6's") {
  BoardTree tree;
  tree.add_board();
  tree.write(kHalt, "0");
  tree.write("/sys/kernel/nvpmodel_clk_cap/emc", "0");
  tree.write("/sys/kernel/debug/cactmon/mc_all", "1");
  const auto files = find_emc_files(tree.root());
  REQUIRE(files.has_value());
  CHECK(files->interface == EmcInterface::kBpmpHalt);
  CHECK(files->halt == tree.root() + kHalt);
  CHECK(files->cap == tree.root() + "/sys/kernel/nvpmodel_clk_cap/emc");
  CHECK(files->activity == tree.root() + "/sys/kernel/debug/cactmon/mc_all");
}

TEST_CASE("the Nano's override clock goes before anything else and lists no rates") {
  BoardTree tree;
  tree.add_board();
  tree.write(kOverride + "/clk_state", "0");
  const auto files = find_emc_files(tree.root());
  REQUIRE(files.has_value());
  CHECK(files->interface == EmcInterface::kT210);
  CHECK(files->rate == tree.root() + kOverride + "/clk_update_rate");
  CHECK(files->lock == tree.root() + kOverride + "/clk_state");
  CHECK(files->running == tree.root() + "/sys/kernel/debug/clk/emc/clk_rate");
  CHECK(emc_rates_hz(*files).empty());
}

TEST_CASE("rates are kilohertz in the file, in any order, hertz and ascending here") {
  BoardTree tree;
  tree.add_board();
  tree.write(kRates, "1600000 204000 665600 (kHz)");
  const auto files = find_emc_files(tree.root());
  REQUIRE(files.has_value());
  CHECK(emc_rates_hz(*files) == std::vector<double>{204e6, 665.6e6, 1600e6});
  tree.write(kRates, "");
  CHECK(emc_rates_hz(*files).empty());
  tree.remove(kRates);
  CHECK(emc_rates_hz(*files).empty());
}
