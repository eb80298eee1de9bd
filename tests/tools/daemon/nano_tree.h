// A directory tree that looks like a Jetson Nano to flyballd: CPU, GPU and memory clock, no
// sensors. Ordinary files: what is written stays, nothing answers.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "tools/config/board_config.h"

namespace flyball {

class NanoTree {
 public:
  explicit NanoTree(std::filesystem::path root) : root_(std::move(root)) {
    const Board board = load_board("nano-4gb").board;
    const std::string cpu = "sys/devices/system/cpu/cpufreq/policy0/";
    const std::string gpu = "sys/class/devfreq/57000000.gpu/";
    const std::string emc = "sys/kernel/debug/clk/";
    write(cpu + "related_cpus", "0 1 2 3");
    write(cpu + "scaling_available_frequencies", table(board.domains[0], 1e3));
    write(cpu + "scaling_cur_freq", "1479000");
    write(cpu + "scaling_min_freq", "102000");
    write(cpu + "scaling_max_freq", "1479000");
    write(gpu + "available_frequencies", table(board.domains[1], 1.0));
    write(gpu + "cur_freq", "76800000");
    write(gpu + "target_freq", "76800000");
    write(gpu + "min_freq", "76800000");
    write(gpu + "max_freq", "921600000");
    write(gpu + "device/load", "500");
    write(emc + "override.emc/clk_state", "0");
    write(emc + "override.emc/clk_update_rate", "1600000000");
    write(emc + "emc/clk_rate", "1600000000");
    write("proc/stat", "cpu 0 0 0 0 0 0 0 0\ncpu0 5 0 0 5 0 0 0 0\ncpu1 0 0 0 9 0 0 0 0");
  }

  const std::filesystem::path& root() const { return root_; }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
  }
  std::string read(const std::string& path) const {
    std::ifstream in(root_ / path);
    std::string text;
    std::getline(in, text);
    return text;
  }

  // Every file under sys/ and what it holds.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "sys")) {
      if (!entry.is_regular_file()) continue;
      const std::string path = std::filesystem::relative(entry.path(), root_).string();
      files[path] = read(path);
    }
    return files;
  }

 private:
  static std::string table(const Domain& domain, double unit_hz) {
    std::ostringstream text;
    for (const double hz : domain.frequencies_hz) {
      text << static_cast<long long>(hz / unit_hz + 0.5) << ' ';
    }
    return text.str();
  }

  std::filesystem::path root_;
};

}  // namespace flyball
