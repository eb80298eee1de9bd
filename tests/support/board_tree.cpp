#include "tests/support/board_tree.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace fs = std::filesystem;

Board small_board() {
  Board board;
  board.id = "small";
  board.title = "A small board";
  board.soc = "t194";
  board.cpus = 4;
  const std::vector<double> cpu_hz = {1e8, 2e8, 3e8, 4e8};
  const std::vector<double> gpu_hz = {1e8, 2e8, 3e8};
  const std::vector<double> emc_hz = {2e8, 8e8, 16e8};
  board.domains = {{"cpu0", DomainKind::kCpu, cpu_hz, 0.001, {0, 1}},
                   {"cpu2", DomainKind::kCpu, cpu_hz, 0.001, {2, 3}},
                   {"gpu", DomainKind::kGpu, gpu_hz, 0.005, {}},
                   {"emc", DomainKind::kEmc, emc_hz, 0.008, {}}};
  board.knobs = {{"cpu", cpu_hz, {0, 1}}, {"gpu", gpu_hz, {2}}, {"emc", emc_hz, {3}}};
  board.rails = {"VDD_IN", "VDD_SOC"};
  board.module_rails = {0};
  board.zones = {{"cpu", 90.0, 95.0}, {"gpu", {}, {}}, {"cv0", {}, {}}};
  board.modes = {{0, "MAXN", 4, {}, {}, {}, {}, {}}};
  board.cpu_governor = "schedutil";
  board.gpu_governor = "nvhost_podgov";
  board.emc_governor = "performance";
  return board;
}

BoardTree::BoardTree() {
  std::string pattern = (fs::temp_directory_path() / "flyball-board-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  root_ = pattern;
}

BoardTree::~BoardTree() {
  std::error_code ignored;  // a leftover in /tmp fails no test
  fs::remove_all(root_, ignored);
}

JetsonConfig BoardTree::config() const {
  JetsonConfig config;
  config.root = root_;
  config.board = small_board();
  config.power_period_seconds = 0.0;
  config.temperature_period_seconds = 0.0;
  config.application_patience_seconds = 1e9;  // the tree's stamp stands still
  return config;
}

void BoardTree::write(const std::string& path, const std::string& text) {
  const fs::path file = root_ + path;
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text << '\n';
}

std::string BoardTree::read(const std::string& path) const { return read_text(root_ + path); }

bool BoardTree::exists(const std::string& path) const { return fs::exists(root_ + path); }

void BoardTree::remove(const std::string& path) { fs::remove_all(root_ + path); }

void BoardTree::add_board() {
  for (const auto& [policy, cpus] : {std::pair{kPolicy0, "0 1"}, std::pair{kPolicy2, "2 3"}}) {
    write(policy + "/related_cpus", cpus);
    write(policy + "/scaling_available_frequencies", "100000 200000 300000 400000 ");
    write(policy + "/scaling_cur_freq", "200000");
    write(policy + "/scaling_min_freq", "100000");
    write(policy + "/scaling_max_freq", "400000");
  }
  write(kDevfreq + "/available_frequencies", "100000000 200000000 300000000 ");
  write(kDevfreq + "/cur_freq", "200000000");
  write(kDevfreq + "/target_freq", "300000000");
  write(kDevfreq + "/min_freq", "100000000");
  write(kDevfreq + "/max_freq", "300000000");
  write("/sys/devices/17000000.gv11b/load", "500");
  fs::create_directories(root_ + "/sys/class/devfreq");
  fs::create_directories(root_ + "/sys/devices/15340000.vic");
  fs::create_symlink("../../devices/15340000.vic", root_ + "/sys/class/devfreq/15340000.vic");
  fs::create_symlink("../.." + kDevfreq.substr(4), root_ + "/sys/class/devfreq/17000000.gv11b");
  write(kEmc + "/rate", "800000000");
  write(kEmc + "/mrq_rate_locked", "0");
  write("/sys/kernel/debug/bpmp/debug/emc/possible_rates", "200000 800000 1600000 (kHz)");
  write("/sys/kernel/nvpmodel_emc_cap/emc_iso_cap", "0");
  write("/sys/kernel/actmon_avg_activity/mc_all", "200000");
  const std::string sensor = "/sys/bus/i2c/drivers/ina3221/7-0040/hwmon/hwmon5";
  write(sensor + "/name", "ina3221");
  write(sensor + "/in1_label", "VDD_IN");
  write(sensor + "/in1_input", "5000");
  write(sensor + "/curr1_input", "1200");
  write(sensor + "/in2_label", "NC");
  write(sensor + "/in3_label", "VDD_SOC");
  write(sensor + "/in3_input", "5000");
  write(sensor + "/curr3_input", "80");
  write("/sys/class/thermal/thermal_zone0/type", "GPU-therm");
  write("/sys/class/thermal/thermal_zone0/temp", "41500");
  write("/sys/class/thermal/thermal_zone1/type", "CPU-therm");
  write("/sys/class/thermal/thermal_zone1/temp", "40000");
  write("/sys/class/thermal/thermal_zone2/type", "CV0-therm");
  write("/sys/class/thermal/thermal_zone2/temp", "-256000");
  write("/proc/stat",
        "cpu  300 0 0 900 30 0 0 0 0 0\n"
        "cpu0 100 10 20 400 10 1 2 3 0 0\n"
        "cpu1 100 0 0 400 10 0 0 0 0 0\n"
        "cpu3 100 0 0 400 10 0 0 0 0 0\n"
        "intr 0");
}

void BoardTree::add_application() {
  write(kApplication + "/telemetry",
        "stamp_seconds 12.5\narrived 40\nserved 36\nmissed 1\nin_system_seconds 8.25\nbatches 9\n"
        "queue_length 4\nlatency_mean_seconds 0.2\nslack_seconds -0.5\nbatch_recommended 8\n"
        "finished 0");
  write(kApplication + "/batch_levels", "1 2 4 8 ");
  write(kApplication + "/batch_recommended", "8");
}

}  // namespace flyball
