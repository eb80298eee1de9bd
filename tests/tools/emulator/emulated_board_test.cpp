#include "tools/emulator/emulated_board.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "env/jetson/application_files.h"
#include "env/jetson/sysfs_file.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"

using namespace flyball;

namespace {

const std::string kPolicy0 = "/sys/devices/system/cpu/cpufreq/policy0";
const std::string kXavierGpu = "/sys/devices/17000000.gv11b/devfreq/17000000.gv11b";
const std::string kBpmp = "/sys/kernel/debug/bpmp/debug/clk/emc";
constexpr double kBoot = 1000.0;  // the monotonic clock when the emulation begins

// An emulated board on a clock that the test turns.
class Bench {
 public:
  Bench(const std::string& id, int jetpack, Arrivals arrivals = ClosedLoop{1u << 30, 8, {}},
        double speed = 1.0)
      : board_(make_config(id, jetpack, std::move(arrivals), speed), [this] { return now_; }) {}

  void wait(double seconds) { now_ += seconds; }
  std::string read(const std::string& path) {
    std::string text;
    REQUIRE(board_.with_tree([&](FileTree& tree) { return tree.read(path, text); }) == 0);
    REQUIRE(text.ends_with('\n'));
    text.pop_back();
    return text;
  }
  int read_error(const std::string& path) {
    std::string text;
    return board_.with_tree([&](FileTree& tree) { return tree.read(path, text); });
  }
  int write(const std::string& path, const std::string& text) {
    return board_.with_tree([&](FileTree& tree) { return tree.write(path, text); });
  }
  const SimTruth& truth() const { return board_.truth(); }
  FaultSet& faults() { return board_.faults(); }
  std::vector<std::string> list(const std::string& path) {
    return board_.with_tree([&](FileTree& tree) { return tree.list(path); });
  }

 private:
  static EmulationConfig make_config(const std::string& id, int jetpack, Arrivals arrivals,
                                     double speed) {
    const BoardConfig board = load_board(id);
    EmulationConfig config;
    config.sim.board = board.board;
    config.sim.mode = find_mode(board.board, board.board.default_mode);
    config.sim.work = load_workload("resnet18", board).work;
    config.sim.arrivals = std::move(arrivals);
    config.sim.batch_levels = {1, 2, 4, 8, 16};
    config.files = find_files(board.files, jetpack);
    config.speed = speed;
    return config;
  }

  double now_ = kBoot;
  EmulatedBoard board_;
};

}  // namespace

TEST_CASE("cpufreq shows kilohertz lists with a trailing blank and nvpmodel's limits") {
  Bench bench("xavier-nx-8gb", 5);
  const std::string table = bench.read(kPolicy0 + "/scaling_available_frequencies");
  CHECK(table.starts_with("115200 192000 "));
  CHECK(table.ends_with("1907200 "));
  CHECK(bench.read(kPolicy0 + "/scaling_min_freq") == "1190400");
  CHECK(bench.read(kPolicy0 + "/scaling_governor") == "schedutil");
  CHECK(bench.read(kPolicy0 + "/scaling_setspeed") == "<unsupported>");
  CHECK(bench.read("/sys/devices/system/cpu/online") == "0-3");
  CHECK(bench.read("/sys/devices/system/cpu/offline") == "4-5");
  CHECK(bench.list("/sys/devices/system/cpu/cpufreq") ==
        std::vector<std::string>{"policy0", "policy2"});
}

TEST_CASE("what is malformed, unknown or read-only is refused with the kernel's error") {
  Bench bench("xavier-nx-8gb", 5);
  CHECK(bench.write(kPolicy0 + "/scaling_max_freq", "fast") == EINVAL);
  CHECK(bench.write(kPolicy0 + "/scaling_governor", "learned") == EINVAL);
  CHECK(bench.write(kPolicy0 + "/scaling_setspeed", "806400") == EINVAL);
  CHECK(bench.write(kPolicy0 + "/scaling_cur_freq", "806400") == EACCES);
  CHECK(bench.write(kXavierGpu + "/governor", "schedutil") == EINVAL);
  CHECK(bench.write(kXavierGpu + "/max_freq", "99999999999999999999") == ERANGE);
  CHECK(bench.write("/sys/devices/17000000.gv11b/railgate_enable", "2") == EINVAL);
  CHECK(bench.write("/sys/devices/17000000.gv11b/power/control", "off") == EINVAL);
  CHECK(bench.write(kBpmp + "/mrq_rate_locked", "yes") == EINVAL);
  CHECK(bench.write("/run/flyball/application/batch_recommended", "3") == EINVAL);
}

TEST_CASE("limits are clamped, and a minimum above the maximum depends on the kernel") {
  Bench newer("xavier-nx-8gb", 5);
  CHECK(newer.write(kPolicy0 + "/scaling_min_freq", "1") == 0);
  CHECK(newer.read(kPolicy0 + "/scaling_min_freq") == "115200");
  CHECK(newer.write(kPolicy0 + "/scaling_max_freq", "806400") == 0);
  CHECK(newer.write(kPolicy0 + "/scaling_min_freq", "1190400") == 0);
  CHECK(newer.read(kPolicy0 + "/scaling_min_freq") == "806400");
  Bench older("nano-4gb", 4);
  CHECK(older.write(kPolicy0 + "/scaling_max_freq", "710400") == 0);
  CHECK(older.write(kPolicy0 + "/scaling_min_freq", "1224000") == EINVAL);
  CHECK(older.read(kPolicy0 + "/scaling_min_freq") == "102000");
}

TEST_CASE("a CPU policy follows its limits, its governor and userspace") {
  Bench bench("xavier-nx-8gb", 5);
  REQUIRE(bench.write(kPolicy0 + "/scaling_min_freq", "806400") == 0);
  REQUIRE(bench.write(kPolicy0 + "/scaling_max_freq", "806400") == 0);
  bench.wait(0.1);
  CHECK(bench.read(kPolicy0 + "/scaling_cur_freq") == "806400");
  CHECK(bench.read(kPolicy0 + "/cpuinfo_cur_freq") == "806000");
  REQUIRE(bench.write(kPolicy0 + "/scaling_max_freq", "1907200") == 0);
  REQUIRE(bench.write(kPolicy0 + "/scaling_governor", "performance\n") == 0);
  bench.wait(0.1);
  CHECK(bench.read(kPolicy0 + "/scaling_cur_freq") == "1907200");
  REQUIRE(bench.write(kPolicy0 + "/scaling_governor", "userspace") == 0);
  REQUIRE(bench.write(kPolicy0 + "/scaling_setspeed", "1000000") == 0);
  CHECK(bench.read(kPolicy0 + "/scaling_cur_freq") == "1036800");
}

TEST_CASE("devfreq keeps requests, shows what is in force, and the maximum wins") {
  Bench bench("xavier-nx-8gb", 5);
  CHECK(bench.read(kXavierGpu + "/max_freq") == "510000000");  // the desktop mode's
  CHECK(bench.write(kXavierGpu + "/min_freq", "0") == 0);
  CHECK(bench.read(kXavierGpu + "/min_freq") == "114750000");
  CHECK(bench.write(kXavierGpu + "/min_freq", "905250000") == 0);
  CHECK(bench.read(kXavierGpu + "/min_freq") == "510000000");
  CHECK(bench.write(kXavierGpu + "/max_freq", "0") == 0);  // no limit
  CHECK(bench.read(kXavierGpu + "/max_freq") == "1109250000");
  CHECK(bench.read(kXavierGpu + "/min_freq") == "905250000");
  CHECK(bench.write(kXavierGpu + "/max_freq", "204000001") == 0);
  CHECK(bench.read(kXavierGpu + "/max_freq") == "204001000");
  bench.wait(0.1);
  CHECK(bench.read(kXavierGpu + "/cur_freq") == "204000000");
}

TEST_CASE("the resident runs inside until its limits leave it nothing") {
  Bench bench("xavier-nx-8gb", 5);
  REQUIRE(bench.write(kXavierGpu + "/max_freq", "0") == 0);
  bench.wait(5.0);
  const std::string busy = bench.read(kXavierGpu + "/cur_freq");
  CHECK(std::stoll(busy) > 510000000);
  CHECK(bench.read("/sys/devices/17000000.gv11b/load") != "0");
  CHECK(bench.read("/sys/devices/17000000.gv11b/is_railgated") == "no");
}

TEST_CASE("an idle GPU is railgated unless that is forbidden") {
  Bench bench("xavier-nx-8gb", 5, std::vector<Arrival>{{0.1, 4, {}}});
  bench.wait(10.0);
  CHECK(bench.read("/sys/devices/17000000.gv11b/is_railgated") == "yes");
  CHECK(bench.read("/sys/devices/17000000.gv11b/load") == "0");
  REQUIRE(bench.write("/sys/devices/17000000.gv11b/railgate_enable", "0") == 0);
  bench.wait(0.1);
  CHECK(bench.read("/sys/devices/17000000.gv11b/gpu_powered_on") == "1");
}

TEST_CASE("the firmware rounds a locked memory rate up and ignores one beyond the cap") {
  Bench bench("xavier-nx-8gb", 5);
  REQUIRE(bench.write(kBpmp + "/mrq_rate_locked", "1") == 0);
  REQUIRE(bench.write(kBpmp + "/rate", "700000000") == 0);
  CHECK(bench.read(kBpmp + "/rate") == "800000000");
  REQUIRE(bench.write(kBpmp + "/rate", "1866000000") == 0);
  CHECK(bench.read(kBpmp + "/rate") == "800000000");
  CHECK(bench.read(kBpmp + "/max_rate") == "1600000000");
  REQUIRE(bench.write("/sys/kernel/nvpmodel_emc_cap/emc_iso_cap", "0") == 0);
  REQUIRE(bench.write(kBpmp + "/rate", "1866000000") == 0);
  CHECK(bench.read(kBpmp + "/rate") == "1866000000");
  REQUIRE(bench.write(kBpmp + "/mrq_rate_locked", "0") == 0);
}

TEST_CASE("the Nano locks its memory by the override clock") {
  Bench bench("nano-4gb", 4);
  const std::string override_clock = "/sys/kernel/debug/clk/override.emc";
  REQUIRE(bench.write(override_clock + "/clk_update_rate", "204000000") == 0);
  bench.wait(0.1);
  CHECK(bench.read("/sys/kernel/debug/clk/emc/clk_rate") != "204000000");
  REQUIRE(bench.write(override_clock + "/clk_state", "1") == 0);
  bench.wait(0.1);
  CHECK(bench.read("/sys/kernel/debug/clk/emc/clk_rate") == "204000000");
}

TEST_CASE("on JetPack 6 the rate is set under a halted bandwidth manager and then locked") {
  Bench bench("orin-nx-16gb", 6);
  REQUIRE(bench.write("/sys/kernel/debug/bpmp/debug/bwmgr/bwmgr_halt", "1") == 0);
  REQUIRE(bench.write(kBpmp + "/rate", "665600000") == 0);
  CHECK(bench.read(kBpmp + "/rate") == "665600000");
  REQUIRE(bench.write(kBpmp + "/mrq_rate_locked", "1") == 0);
  bench.wait(0.1);
  CHECK(bench.read(kBpmp + "/rate") == "665600000");
}

TEST_CASE("a zone that is off reads -256 degrees on JetPack 5 and fails on 6") {
  Bench five("orin-nx-16gb", 5);
  CHECK(five.read("/sys/class/thermal/thermal_zone2/type") == "CV0-therm");
  CHECK(five.read("/sys/class/thermal/thermal_zone2/temp") == "-256000");
  Bench six("orin-nx-16gb", 6);
  CHECK(six.read("/sys/class/thermal/thermal_zone2/type") == "cv0-thermal");
  CHECK(six.read_error("/sys/class/thermal/thermal_zone2/temp") == EAGAIN);
}

TEST_CASE("power is milliwatts through iio and volts times amperes through hwmon") {
  Bench nano("nano-4gb", 4);
  nano.wait(3.0);
  const std::vector<std::string> devices = nano.list("/sys/bus/i2c/drivers/ina3221x/6-0040");
  REQUIRE(devices.size() == 1);
  const std::string device = "/sys/bus/i2c/drivers/ina3221x/6-0040/" + devices[0];
  CHECK(nano.read(device + "/rail_name_0") == "POM_5V_IN");
  CHECK(std::stod(nano.read(device + "/in_power0_input")) > 1000.0);
  Bench xavier("agx-xavier-32gb", 5);
  xavier.wait(3.0);
  const std::string chip = "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon";
  const std::string hwmon = chip + "/" + xavier.list(chip)[0];
  CHECK(xavier.read(hwmon + "/name") == "ina3221");
  CHECK(xavier.read(hwmon + "/in1_label") == "GPU");
  CHECK(std::stoll(xavier.read(hwmon + "/curr1_input")) % 8 == 0);
}

TEST_CASE("the application's figures are cumulative and carry a monotonic stamp") {
  Bench bench("xavier-nx-8gb", 5);
  bench.wait(2.0);
  double stamp = 0.0;
  ApplicationTelemetry first;
  const std::string path = "/run/flyball/application/telemetry";
  REQUIRE_FALSE(parse_application(bench.read(path), stamp, first));
  CHECK(stamp == doctest::Approx(kBoot + 2.0));
  CHECK(first.served > 0);
  CHECK(first.latency_mean_seconds);
  ApplicationTelemetry again;
  REQUIRE_FALSE(parse_application(bench.read(path), stamp, again));
  CHECK_FALSE(again.latency_mean_seconds);  // nothing was served since
  REQUIRE(bench.write("/run/flyball/application/batch_recommended", "4") == 0);
  bench.wait(2.0);
  REQUIRE_FALSE(parse_application(bench.read(path), stamp, again));
  CHECK(again.served > first.served);
  CHECK(again.batch_recommended == 4.0);
  CHECK(again.batch_effective == 4.0);
}

TEST_CASE("CPUs go and come by their files, and a policy's directory with its last one") {
  const std::string cpus = "/sys/devices/system/cpu";
  const std::string policy = cpus + "/cpufreq/policy2";
  Bench bench("xavier-nx-8gb", 5);
  REQUIRE(bench.write(policy + "/scaling_max_freq", "1190400") == 0);
  REQUIRE(bench.write(cpus + "/cpu2/online", "0") == 0);
  CHECK(bench.read(cpus + "/online") == "0-1,3");
  CHECK(bench.read(cpus + "/offline") == "2,4-5");
  CHECK(bench.read(policy + "/affected_cpus") == "3");
  CHECK(bench.list(cpus + "/cpu2") == std::vector<std::string>{"online"});
  CHECK(bench.read("/proc/stat").find("\ncpu2 ") == std::string::npos);
  REQUIRE(bench.write(cpus + "/cpu3/online", "0") == 0);
  CHECK(bench.list(cpus + "/cpufreq") == std::vector<std::string>{"policy0"});
  CHECK(bench.read_error(policy + "/scaling_max_freq") == ENODEV);  // of who had it open
  CHECK(bench.write(policy + "/scaling_max_freq", "1190400") == ENODEV);
  REQUIRE(bench.write(cpus + "/cpu3/online", "1") == 0);
  CHECK(bench.read(policy + "/scaling_max_freq") == "1907200");  // a new one
  CHECK(bench.read(policy + "/affected_cpus") == "3");
  REQUIRE(bench.write(cpus + "/cpu4/online", "1") == 0);  // was off since the boot
  CHECK(bench.list(cpus + "/cpufreq") == std::vector<std::string>{"policy0", "policy2", "policy4"});
  CHECK(bench.write(cpus + "/cpu3/online", "2") == EINVAL);
  CHECK(bench.write(cpus + "/cpu0/online", "0") == ENOENT);
}

TEST_CASE("proc/stat counts the ticks of the CPUs that are online") {
  Bench bench("xavier-nx-8gb", 5);
  bench.wait(2.0);
  const std::string stat = bench.read("/proc/stat");
  CHECK(stat.starts_with("cpu  "));
  CHECK(stat.find("\ncpu3 ") != std::string::npos);
  CHECK(stat.find("\ncpu4 ") == std::string::npos);
}

TEST_CASE("at ten times the speed a second of ours is ten of the board, but for the stamps") {
  Bench bench("xavier-nx-8gb", 5, ClosedLoop{1u << 30, 8, {}}, 10.0);
  Bench slow("xavier-nx-8gb", 5);
  bench.faults().set("thermal_zone0/temp=EIO@15");
  bench.wait(1.0);
  slow.wait(10.0);
  const std::string fast_figures = bench.read("/run/flyball/application/telemetry");
  CHECK(fast_figures.starts_with("stamp_seconds 1001\n"));
  const auto without_stamp = [](const std::string& text) { return text.substr(text.find('\n')); };
  CHECK(without_stamp(fast_figures) ==
        without_stamp(slow.read("/run/flyball/application/telemetry")));
  CHECK(bench.truth().seconds == doctest::Approx(10.0));
  CHECK(bench.truth().energy_joules == doctest::Approx(slow.truth().energy_joules));
  CHECK(bench.faults().meet("/sys/class/thermal/thermal_zone0/temp") == 0);
  bench.wait(0.6);  // its sixteenth second
  CHECK(bench.faults().meet("/sys/class/thermal/thermal_zone0/temp") == EIO);
}
