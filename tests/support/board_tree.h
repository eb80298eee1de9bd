// A board as a directory of ordinary files: what JetsonPlant finds, without a kernel behind it.
#pragma once

#include <string>

#include "env/board.h"
#include "env/jetson/jetson_plant.h"

namespace flyball {

// Two CPU policies of two CPUs, a GPU, a memory clock, two rails, three zones.
Board small_board();

class BoardTree {
 public:
  // Empty; removed by the destructor.
  BoardTree();
  ~BoardTree();
  BoardTree(const BoardTree&) = delete;
  BoardTree& operator=(const BoardTree&) = delete;

  const std::string& root() const { return root_; }
  JetsonConfig config() const;
  // Makes the directories on the way; a newline is added.
  void write(const std::string& path, const std::string& text);
  // Without the newline. Throws std::system_error naming the path.
  std::string read(const std::string& path) const;
  bool exists(const std::string& path) const;
  void remove(const std::string& path);

  // small_board() as a JetPack 5 board: BPMP memory lock, hwmon sensors, no application.
  void add_board();
  void add_application();

 private:
  std::string root_;
};

// Files of the tree that the tests name often.
inline const std::string kPolicy0 = "/sys/devices/system/cpu/cpufreq/policy0";
inline const std::string kPolicy2 = "/sys/devices/system/cpu/cpufreq/policy2";
inline const std::string kDevfreq = "/sys/devices/17000000.gv11b/devfreq/17000000.gv11b";
inline const std::string kEmc = "/sys/kernel/debug/bpmp/debug/clk/emc";
inline const std::string kApplication = "/run/flyball/application";

}  // namespace flyball
