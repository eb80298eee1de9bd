#include "env/jetson/jetson_plant.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/jetson/jetson_error.h"
#include "tests/contracts/plant_contract.h"
#include "tests/env/jetson/link/link_bench.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

constexpr std::array<std::size_t, 3> kAllKnobs = {0, 1, 2};
const std::string kBackup = "/run/flyball/backup";

Setting pinned(std::vector<Level> levels) { return Setting::pinned(levels); }

}  // namespace

TEST_CASE("tables, limits and knobs come from the board's files") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  tree.write(kPolicy0 + "/scaling_min_freq", "150000");
  tree.write(kPolicy2 + "/scaling_max_freq", "350000");
  const JetsonPlant plant(tree.config());
  const PlantDescription& description = plant.description();
  CHECK(description.board == "small");
  REQUIRE(description.knobs.size() == 4);
  CHECK(description.limits[0] == LevelRange{1, 2});  // the tightest of both policies
  CHECK(description.limits[1] == LevelRange{0, 2});
  CHECK(description.knobs[2].levels == std::vector<double>{2e8, 8e8, 16e8});
  CHECK(description.knobs[3].name == "batch");
  CHECK(description.has_application);
}

TEST_CASE("reading fills every group in SI units") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  JetsonPlant plant(tree.config());
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  const auto& domains = *telemetry.domains;
  CHECK(domains[0].effective_hz == 2e8);
  CHECK(domains[0].ceiling_hz == 4e8);
  CHECK(domains[2].requested_hz == 3e8);
  CHECK(domains[2].effective_hz == 2e8);
  CHECK(domains[2].utilization == doctest::Approx(0.5));
  CHECK(domains[3].effective_hz == 8e8);
  CHECK(domains[3].utilization == doctest::Approx(0.25));
  CHECK(*telemetry.total_watts == doctest::Approx(6.0));
  CHECK((*telemetry.temperatures_celsius)[0] == doctest::Approx(40.0));
  CHECK_FALSE((*telemetry.cpus)[2].online);
  CHECK(telemetry.application->queue_length == 4);
}

TEST_CASE("without a log, limits and what nobody needs are read less often, what fails always") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig config = tree.config();
  config.reads_all = false;
  config.needs.knobs = {"cpu"};
  config.needs.cpus = false;
  JetsonPlant plant(std::move(config));
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  const double cpus_seconds = telemetry.cpus.time_seconds();
  tree.write(kPolicy0 + "/scaling_cur_freq", "300000");
  tree.write(kPolicy0 + "/scaling_max_freq", "300000");
  tree.write(kDevfreq + "/cur_freq", "100000000");
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK((*telemetry.domains)[0].effective_hz == 3e8);
  CHECK((*telemetry.domains)[0].ceiling_hz == 4e8);
  CHECK((*telemetry.domains)[2].effective_hz == 2e8);
  CHECK(telemetry.cpus.time_seconds() == cpus_seconds);
  plant.timeline().sleep_until(plant.timeline().now_seconds() + 0.51);
  tree.write(kPolicy0 + "/scaling_min_freq", "none");
  CHECK(plant.read(telemetry));
  CHECK((*telemetry.domains)[2].effective_hz == 1e8);
  CHECK(telemetry.cpus.time_seconds() > cpus_seconds);
  CHECK(plant.read(telemetry));
  tree.write(kPolicy0 + "/scaling_min_freq", "100000");
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK((*telemetry.domains)[0].ceiling_hz == 3e8);
}

TEST_CASE("a lease pins by limits and gives back exactly what it found") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  tree.write(kPolicy2 + "/scaling_min_freq", "123456");
  JetsonPlant plant(tree.config());
  {
    constexpr std::array<std::size_t, 4> knobs = {0, 1, 2, 3};
    ControlLease lease = plant.lease(knobs);
    CHECK(tree.exists(kBackup));
    REQUIRE_FALSE(lease.apply(pinned({2, 1, 1, 0})));
    CHECK(tree.read(kPolicy0 + "/scaling_min_freq") == "300000");
    CHECK(tree.read(kPolicy2 + "/scaling_max_freq") == "300000");
    CHECK(tree.read(kDevfreq + "/min_freq") == "200000000");
    CHECK(tree.read(kEmc + "/mrq_rate_locked") == "1");
    CHECK(tree.read(kEmc + "/rate") == "800000000");
    CHECK(tree.read(kApplication + "/batch_recommended") == "1");
  }
  CHECK(tree.read(kPolicy0 + "/scaling_min_freq") == "100000");
  CHECK(tree.read(kPolicy2 + "/scaling_min_freq") == "123456");
  CHECK(tree.read(kPolicy2 + "/scaling_max_freq") == "400000");
  CHECK(tree.read(kDevfreq + "/max_freq") == "300000000");
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "0");
  CHECK(tree.read(kApplication + "/batch_recommended") == "8");
  CHECK(plant.restore_report().succeeded());
  CHECK_FALSE(tree.exists(kBackup));
}

TEST_CASE("a board's files take a floor above its ceiling as every plant does") {
  BoardTree tree;
  tree.add_board();
  PlantContract contract;
  contract.make = [&](std::uint64_t) { return std::make_unique<JetsonPlant>(tree.config()); };
  contract.settle_seconds = 0.0;  // nothing moves behind the files
  contract.check_crossed_range();
}

TEST_CASE("leases over different knobs end independently") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  constexpr std::array<std::size_t, 1> cpu = {0};
  constexpr std::array<std::size_t, 1> gpu = {1};
  ControlLease first = plant.lease(cpu);
  ControlLease second = plant.lease(gpu);
  CHECK_THROWS_AS(plant.lease(gpu), std::logic_error);
  REQUIRE_FALSE(first.apply(pinned({3})));
  REQUIRE_FALSE(second.apply(pinned({0})));
  first.release();
  CHECK(tree.read(kPolicy0 + "/scaling_min_freq") == "100000");
  CHECK(tree.read(kDevfreq + "/max_freq") == "100000000");
  CHECK(tree.exists(kBackup));
  second.release();
  CHECK(tree.read(kDevfreq + "/max_freq") == "300000000");
  CHECK_FALSE(tree.exists(kBackup));
}

TEST_CASE("what a dead predecessor left is put back before the limits are read") {
  BoardTree tree;
  tree.add_board();
  const auto crash = [&] {
    JetsonPlant plant(tree.config());
    ControlLease lease = plant.lease(kAllKnobs);
    REQUIRE_FALSE(lease.apply(pinned({0, 0, 0})));
    std::filesystem::copy_file(tree.root() + kBackup, tree.root() + "/kept");
    return std::pair{tree.read(kPolicy0 + "/scaling_max_freq"), tree.read(kDevfreq + "/max_freq")};
  };
  const auto [cpu_max, gpu_max] = crash();
  std::filesystem::rename(tree.root() + "/kept", tree.root() + kBackup);
  tree.write(kPolicy0 + "/scaling_max_freq", cpu_max);
  tree.write(kDevfreq + "/max_freq", gpu_max);
  const JetsonPlant plant(tree.config());
  CHECK(plant.restore_report().controls == 4);
  CHECK(plant.description().limits[0] == LevelRange{0, 3});
  CHECK(plant.description().limits[1] == LevelRange{0, 2});
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == "400000");
  CHECK_FALSE(tree.exists(kBackup));
}

TEST_CASE("an error while applying leaves the former setting in force") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({1, 1, 1})));
  Setting setting = pinned({3, 2, 0});
  setting[2] = {0, 1};  // the memory clock knows no such range
  CHECK(lease.apply(setting) == JetsonError::kNotExpressible);
  CHECK(std::string(plant.last_failure()).find("mrq_rate_locked: this control can be") !=
        std::string::npos);
  CHECK(tree.read(kPolicy0 + "/scaling_min_freq") == "200000");
  CHECK(tree.read(kDevfreq + "/max_freq") == "200000000");
}

TEST_CASE("a file that fails while restoring is named, the rest is put back, the backup stays") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({1, 1, 1})));
  tree.write(kEmc + "/mrq_rate_locked", "broken");
  tree.write(kDevfreq + "/min_freq", "broken");  // written all the same, and then it reads
  lease.release();
  REQUIRE(plant.restore_report().failures.size() == 1);
  CHECK(plant.restore_report().failures[0].find("mrq_rate_locked") != std::string::npos);
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == "400000");
  CHECK(tree.read(kDevfreq + "/min_freq") == "100000000");
  CHECK(tree.exists(kBackup));
}

TEST_CASE("the memory clock is pinned or free, and a range in between is refused") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  constexpr std::array<std::size_t, 1> emc = {2};
  ControlLease lease = plant.lease(emc);
  Setting setting = pinned({2});
  REQUIRE_FALSE(lease.apply(setting));
  CHECK(tree.read(kEmc + "/rate") == "1600000000");
  setting[0] = {0, 1};
  CHECK(lease.apply(setting) == JetsonError::kNotExpressible);
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "1");
  setting[0] = {0, 2};
  REQUIRE_FALSE(lease.apply(setting));
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "0");
}

TEST_CASE("a memory clock that somebody locked is locked again") {
  BoardTree tree;
  tree.add_board();
  tree.write("/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt", "0");
  tree.write(kEmc + "/rate", "1600000000");
  tree.write(kEmc + "/mrq_rate_locked", "1");
  JetsonPlant plant(tree.config());
  {
    ControlLease lease = plant.lease(kAllKnobs);
    REQUIRE_FALSE(lease.apply(pinned({0, 0, 0})));
    CHECK(tree.read("/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt") == "1");
    CHECK(tree.read(kEmc + "/rate") == "200000000");
  }
  CHECK(tree.read(kEmc + "/rate") == "1600000000");
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "1");
  CHECK(tree.read("/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt") == "0");
}

TEST_CASE("the Nano's memory clock is locked by its override clock") {
  BoardTree tree;
  tree.add_board();
  tree.remove("/sys/kernel/debug/bpmp");
  const std::string override_clock = "/sys/kernel/debug/clk/override.emc";
  tree.write(override_clock + "/clk_state", "0");
  tree.write(override_clock + "/clk_update_rate", "0");
  tree.write("/sys/kernel/debug/clk/emc/clk_rate", "800000000");
  JetsonPlant plant(tree.config());
  {
    ControlLease lease = plant.lease(kAllKnobs);
    REQUIRE_FALSE(lease.apply(pinned({0, 0, 2})));
    CHECK(tree.read(override_clock + "/clk_update_rate") == "1600000000");
    CHECK(tree.read(override_clock + "/clk_state") == "1");
  }
  CHECK(tree.read(override_clock + "/clk_update_rate") == "0");
  CHECK(tree.read(override_clock + "/clk_state") == "0");
}

TEST_CASE("without debugfs there is no memory knob, and another tree is no board") {
  BoardTree tree;
  CHECK_THROWS_WITH_AS(JetsonPlant(tree.config()),
                       doctest::Contains("no frequency policy of small; is this the root"),
                       std::runtime_error);
  tree.add_board();
  tree.remove("/sys/kernel/debug");
  const JetsonPlant plant(tree.config());
  CHECK(plant.description().knobs.size() == 2);
  CHECK(plant.description().domains.size() == 3);
}

TEST_CASE("a policy that is offline reads no clock and is left alone") {
  BoardTree tree;
  tree.add_board();
  tree.remove(kPolicy2);
  JetsonPlant plant(tree.config());
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK((*telemetry.domains)[1].effective_hz == 0.0);
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({0, 0, 0})));
  CHECK_FALSE(tree.exists(kPolicy2));
}

TEST_CASE("what fails is absent, alone, and its error is returned") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  tree.write(kDevfreq + "/cur_freq", "fast");
  CHECK(plant.read(telemetry) == JetsonError::kMalformed);
  REQUIRE(telemetry.domains);
  CHECK((*telemetry.domains)[0].requested_hz);
  CHECK_FALSE((*telemetry.domains)[2].requested_hz);
  CHECK(telemetry.total_watts);
}

TEST_CASE("a clock that is turned but not observed may be absent, and its load is told once") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig config = tree.config();
  config.needs.clocks = false;
  std::vector<std::string> told;
  config.tell = [&](std::string_view line) { told.emplace_back(line); };
  JetsonPlant plant(config);
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(told.empty());
  tree.write(kDevfreq + "/cur_freq", "fast");
  tree.write("/sys/devices/17000000.gv11b/load", "much");
  for (int i = 0; i < 3; ++i) REQUIRE_FALSE(plant.read(telemetry));
  CHECK_FALSE((*telemetry.domains)[2].effective_hz);
  CHECK((*telemetry.domains)[2].ceiling_hz == 3e8);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("/cur_freq: a board file holds an unexpected text") != std::string::npos);
  CHECK(told[1].find("/load: a board file holds an unexpected text") != std::string::npos);
  tree.write(kDevfreq + "/max_freq", "high");
  CHECK(plant.read(telemetry) == JetsonError::kMalformed);  // what governs it has to be there
}

TEST_CASE("after the first reading neither reading nor applying allocates") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  JetsonPlant plant(tree.config());
  constexpr std::array<std::size_t, 4> knobs = {0, 1, 2, 3};
  ControlLease lease = plant.lease(knobs);
  Telemetry telemetry;
  const std::array<Setting, 2> settings = {pinned({0, 0, 0, 0}), pinned({3, 2, 2, 3})};
  for (const Setting& setting : settings) REQUIRE_FALSE(lease.apply(setting));
  REQUIRE_FALSE(plant.read(telemetry));
  const std::size_t before = allocation_count();
  bool failed = false;
  for (int i = 0; i < 10; ++i) {
    failed |= static_cast<bool>(plant.read(telemetry));
    failed |= static_cast<bool>(lease.apply(settings[static_cast<std::size_t>(i % 2)]));
  }
  CHECK(allocation_count() == before);
  CHECK_FALSE(failed);
}

TEST_CASE("what others write, stepping aside, coming back and errors allocate nothing") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig config = tree.config();
  config.yield = {2, 60.0, 0.01};
  std::size_t told = 0;
  config.tell = [&told](std::string_view) { ++told; };
  JetsonPlant plant(config);
  BoardControls& controls = *plant.controls();
  controls.lend(kAllKnobs);
  Setting setting = pinned({0, 0, 0});
  REQUIRE_FALSE(controls.apply(kAllKnobs, setting));
  // By their paths: the tree's own writing allocates.
  const std::string file = tree.root() + kDevfreq + "/max_freq";
  const std::string emc = tree.root() + kEmc + "/mrq_rate_locked";
  const auto allocations = [&](const std::string& path, const char* value, double now) {
    SysfsFile other(path);
    REQUIRE_FALSE(other.write(value));
    const std::size_t before = allocation_count();
    controls.look(now);
    return allocation_count() - before;
  };
  CHECK(allocations(file, "200000000", 10.0) == 0);  // obeyed, and the backup is renewed
  CHECK(tree.read(kBackup).find("max_freq 200000000") != std::string::npos);
  CHECK(allocations(emc, "1", 12.0) == 0);  // another number of records
  CHECK(allocations(file, "300000000", 14.0) == 0);
  CHECK(controls.apply(kAllKnobs, setting) == PlantError::kSteppedAside);
  CHECK_FALSE(tree.exists(kBackup));
  tree.write("/other", "0");
  CHECK(allocations(tree.root() + "/other", "1", 20.0) == 0);
  CHECK(tree.exists(kBackup));  // it has come back
  CHECK(told >= 4);
  std::filesystem::remove_all(tree.root() + "/run/flyball");
  CHECK(allocations(file, "200000000", 30.0) == 0);
  CHECK(told >= 5);  // that the backup cannot be renewed

  CHECK(allocations(emc, "0", 40.0) == 0);
  setting[2] = {0, 1};  // no range of the memory clock can be asked for
  const std::size_t before = allocation_count();
  const std::error_code error = controls.apply(kAllKnobs, setting);
  CHECK(allocation_count() == before);
  CHECK(error == JetsonError::kNotExpressible);
  CHECK(std::string(controls.state().last_failure.data()).ends_with("left free, no range"));
  controls.give_back_all();
}

TEST_CASE("what somebody else writes is the limit from then on, and is what is put back") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  Telemetry telemetry;
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({3, 2, 2})));
  tree.write(kPolicy2 + "/scaling_min_freq", "100000");
  tree.write(kPolicy2 + "/scaling_max_freq", "200000");
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(plant.description().limits[0] == LevelRange{0, 1});
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == "200000");  // obeyed by the whole knob
  CHECK(tree.read(kBackup).find("policy2/scaling_max_freq 200000") != std::string::npos);
  tree.write(kEmc + "/rate", "200000000");  // somebody locks the memory clock at a rate of theirs
  REQUIRE_FALSE(lease.apply(pinned({3, 2, 2})));
  CHECK(tree.read(kEmc + "/rate") == "200000000");
  lease.release();
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == "400000");
  CHECK(tree.read(kPolicy2 + "/scaling_min_freq") == "100000");
  CHECK(tree.read(kPolicy2 + "/scaling_max_freq") == "200000");
  CHECK(tree.read(kEmc + "/mrq_rate_locked") == "1");
}

TEST_CASE("a minimum that the kernel lowers with the maximum is not a new minimum") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  Telemetry telemetry;
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({3, 2, 2})));
  tree.write(kDevfreq + "/min_freq", "200000000");
  tree.write(kDevfreq + "/max_freq", "200000000");
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(plant.description().limits[1] == LevelRange{0, 1});
  lease.release();
  CHECK(tree.read(kDevfreq + "/min_freq") == "100000000");
  CHECK(tree.read(kDevfreq + "/max_freq") == "200000000");
}

TEST_CASE("who writes again and again gets the clocks, until it has been quiet") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig config = tree.config();
  config.yield = {1, 60.0, 0.05};
  std::vector<std::string> told;
  config.tell = [&](std::string_view line) { told.emplace_back(line); };
  JetsonPlant plant(config);
  Telemetry telemetry;
  ControlLease lease = plant.lease(kAllKnobs);
  REQUIRE_FALSE(lease.apply(pinned({0, 0, 0})));
  tree.write(kDevfreq + "/max_freq", "200000000");
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(lease.apply(pinned({1, 1, 1})) == PlantError::kSteppedAside);
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == "400000");
  CHECK_FALSE(tree.exists(kBackup));
  REQUIRE(told.size() >= 2);
  CHECK(told[0].find("max_freq: somebody else wrote 200000000") != std::string::npos);
  CHECK(told[1].find("flyball steps aside") != std::string::npos);
  plant.timeline().sleep_until(plant.timeline().now_seconds() + 0.1);
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(tree.exists(kBackup));
  CHECK_FALSE(lease.apply(pinned({1, 1, 1})));
  lease.release();
  CHECK(tree.read(kDevfreq + "/max_freq") == "200000000");
  CHECK_FALSE(tree.exists(kBackup));
}

TEST_CASE("who stood aside comes back where nobody looks but who applies, as the guard does") {
  BoardTree tree;
  tree.add_board();
  JetsonConfig config = tree.config();
  config.yield = {1, 60.0, 5.0};
  JetsonPlant plant(config);
  BoardControls& controls = *plant.controls();
  controls.lend(kAllKnobs);
  controls.set_time(10.0);
  REQUIRE_FALSE(controls.apply(kAllKnobs, pinned({0, 0, 0})));
  tree.write(kDevfreq + "/max_freq", "200000000");
  controls.set_time(11.0);
  CHECK(controls.apply(kAllKnobs, pinned({1, 1, 1})) == PlantError::kSteppedAside);
  controls.set_time(15.9);
  CHECK(controls.apply(kAllKnobs, pinned({1, 1, 1})) == PlantError::kSteppedAside);
  CHECK_FALSE(tree.exists(kBackup));
  controls.set_time(16.0);
  CHECK_FALSE(controls.apply(kAllKnobs, pinned({1, 1, 1})));
  CHECK(tree.exists(kBackup));
  controls.give_back_all();
}

TEST_CASE("figures that the application has not written for long are absent, new files are seen") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  JetsonConfig config = tree.config();
  config.application_patience_seconds = 2.0;
  JetsonPlant plant(config);
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK_FALSE(telemetry.application);
  const std::string now = std::to_string(plant.timeline().now_seconds());
  tree.write(kApplication + "/new", "stamp_seconds " + now +
                                        "\narrived 40\nserved 36\nmissed 1\nin_system_seconds 8\n" +
                                        "batches 9\nqueue_length 5");
  std::filesystem::rename(tree.root() + kApplication + "/new",
                          tree.root() + kApplication + "/telemetry");
  REQUIRE_FALSE(plant.read(telemetry));
  REQUIRE(telemetry.application);
  CHECK(telemetry.application->queue_length == 5);
}

TEST_CASE("an application with a link is read and told its batch size by it") {
  BoardTree tree;
  tree.add_board();
  tree.add_application();
  const LinkPointer link = open_link_in(tree.root() + kApplication, 0.5, {1, 16});
  JetsonPlant plant(tree.config());
  CHECK(plant.application().way() == ApplicationWay::kLink);
  REQUIRE(plant.description().knobs.size() == 4);
  CHECK(plant.description().knobs[3].levels == std::vector<double>{1, 16});
  flyball_begin(link.get(), 0);
  Telemetry telemetry;
  REQUIRE_FALSE(plant.read(telemetry));
  CHECK(telemetry.application->queue_length == 1);
  CHECK(telemetry.application->deadline_seconds == 0.5);
  {
    constexpr std::array<std::size_t, 4> knobs = {0, 1, 2, 3};
    ControlLease lease = plant.lease(knobs);
    REQUIRE_FALSE(lease.apply(pinned({2, 1, 1, 1})));
    CHECK(flyball_recommended_batch(link.get()) == 16);
    const LinkPointer next = open_link_in(tree.root() + kApplication, 0.5, {1, 16});
    REQUIRE_FALSE(lease.apply(pinned({2, 1, 1, 1})));
    CHECK(flyball_recommended_batch(next.get()) == 16);
    lease.release();
    CHECK(flyball_recommended_batch(next.get()) == 0);
  }
  CHECK(plant.restore_report().succeeded());
  CHECK(tree.read(kApplication + "/batch_recommended") == "8");  // nobody's business now
}
