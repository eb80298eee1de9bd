#include "tools/emulator/other_programs.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "env/jetson/nvpmodel.h"
#include "tools/config/board_config.h"
#include "tools/config/workload_config.h"
#include "tools/emulator/emulated_board.h"

using namespace flyball;

namespace {

const std::string kCpu = "/sys/devices/system/cpu/cpufreq/policy0";

// An emulated Nano in mode 0 on a clock that the test turns.
class Bench {
 public:
  Bench() : board_(make_config(), [this] { return now_; }) {}

  void wait(double seconds) {
    now_ += seconds;
    board_.advance();
  }
  std::string read(const std::string& path) {
    std::string text;
    REQUIRE(board_.with_tree([&](FileTree& tree) { return tree.read(path, text); }) == 0);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  int write(const std::string& path, const std::string& text) {
    return board_.with_tree([&](FileTree& tree) { return tree.write(path, text); });
  }
  std::string gpu() {
    const std::string device = board_config().files.front().gpu_device;
    return device + "/devfreq/" + device.substr(device.rfind('/') + 1);
  }
  EmulatedBoard& board() { return board_; }

  static const BoardConfig& board_config() {
    static const BoardConfig board = load_board("nano-4gb");
    return board;
  }

 private:
  static EmulationConfig make_config() {
    const BoardConfig& board = board_config();
    EmulationConfig config;
    config.sim.board = board.board;
    config.sim.mode = find_mode(board.board, 0);
    config.sim.work = load_workload("resnet18", board).work;
    config.sim.arrivals = ClosedLoop{1u << 30, 8, {}};
    config.sim.batch_levels = {1, 2, 4, 8};
    config.files = board.files.front();
    return config;
  }

  double now_ = 1000.0;
  EmulatedBoard board_;
};

}  // namespace

TEST_CASE("a CPU goes and comes at its time, and nvpmodel takes those that its mode lacks") {
  Bench bench;
  const std::string online = "/sys/devices/system/cpu/online";
  bench.board().set_fault("cpu2=offline@1");
  bench.board().set_fault("cpu2=online@2");
  bench.wait(1.1);
  CHECK(bench.read(online) == "0-1,3");
  bench.wait(1.0);
  CHECK(bench.read(online) == "0-3");
  bench.board().set_fault("nvpmodel=1");  // 5W
  bench.wait(0.1);
  CHECK(bench.read(online) == "0-1");
  bench.board().set_fault("nvpmodel=0");
  bench.wait(0.1);
  CHECK(bench.read(online) == "0-3");
  for (const char* text : {"cpu2=gone", "cpu0=offline", "cpu4=offline"}) {
    CHECK_THROWS_AS(bench.board().set_fault(text), std::invalid_argument);
  }
}

TEST_CASE("nvpmodel changes the clocks' limits and its status, at its time") {
  Bench bench;
  CHECK(parse_nvpmodel_status(bench.read(kNvpmodelStatus)) == 0);
  bench.board().set_fault("nvpmodel=1@2");
  CHECK(bench.read("/emulator/faults") == "nvpmodel=1@2");
  bench.wait(1.9);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
  bench.wait(0.2);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "921600");
  CHECK(bench.read(bench.gpu() + "/max_freq") == "614400000");
  CHECK(parse_nvpmodel_status(bench.read(kNvpmodelStatus)) == 1);
  CHECK(bench.read("/emulator/faults").empty());
  CHECK(bench.write("/emulator/faults", "nvpmodel=0\n") == 0);
  bench.wait(0.1);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
  CHECK(bench.read(bench.gpu() + "/max_freq") == "921600000");
}

TEST_CASE("the configuration reads back as the board's modes") {
  Bench bench;
  const Board& board = Bench::board_config().board;
  const std::vector<PowerMode> modes = parse_nvpmodel_conf(bench.read(kNvpmodelConf), board.cpus);
  REQUIRE(modes.size() == board.modes.size());
  for (std::size_t i = 0; i < modes.size(); ++i) {
    CAPTURE(i);
    CHECK(modes[i].id == board.modes[i].id);
    CHECK(modes[i].name == board.modes[i].name);
    CHECK(modes[i].cpus_online == board.modes[i].cpus_online);
    CHECK(modes[i].cpu_max_hz == board.modes[i].cpu_max_hz);
    CHECK(modes[i].gpu_max_hz == board.modes[i].gpu_max_hz);
    CHECK(modes[i].emc_max_hz == board.modes[i].emc_max_hz);
  }
}

TEST_CASE("jetson_clocks holds the clocks at the top of the mode, and lets them go as they were") {
  Bench bench;
  CHECK(bench.write(kCpu + "/scaling_max_freq", "1224000") == 0);
  bench.board().set_fault("jetson_clocks=on");
  bench.wait(0.1);
  CHECK(bench.read(kCpu + "/scaling_min_freq") == "1479000");
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
  CHECK(bench.read(bench.gpu() + "/min_freq") == "921600000");
  bench.board().set_fault("jetson_clocks=restore");
  bench.wait(0.1);
  CHECK(bench.read(kCpu + "/scaling_min_freq") == "102000");
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1224000");
  CHECK(bench.read(bench.gpu() + "/min_freq") == "76800000");
}

TEST_CASE("who insists writes again and again, until it is told to stop") {
  Bench bench;
  bench.board().set_fault("policy0/scaling_max_freq=writes:1224000:0.5@1");
  bench.wait(0.9);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
  bench.wait(0.2);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1224000");
  CHECK(bench.write(kCpu + "/scaling_max_freq", "1479000") == 0);
  bench.wait(0.3);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
  bench.wait(0.3);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1224000");
  bench.board().set_fault("policy0/scaling_max_freq=ok\n");
  CHECK(bench.write(kCpu + "/scaling_max_freq", "1479000") == 0);
  bench.wait(5.0);
  CHECK(bench.read(kCpu + "/scaling_max_freq") == "1479000");
}

TEST_CASE("what nobody can play is refused with what is allowed") {
  Bench bench;
  for (const char* text : {"nvpmodel=9", "nvpmodel=x", "nvpmodel=", "nvpmodel=1@", "nvpmodel=1@-1",
                           "jetson_clocks=off", "policy0/scaling_max_freq=writes:1",
                           "policy0/scaling_max_freq=writes:1:0",
                           "policy0/scaling_max_freq=writes:1:x", "no_such_file=writes:1:1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(bench.board().set_fault(text), std::invalid_argument);
  }
  CHECK(bench.write("/emulator/faults", "nvpmodel=9") != 0);
  CHECK(bench.read("/emulator/faults").empty());
}
