// A simulated board in real time, as the file tree of a Jetson. The engine's residents run inside
// until someone takes over through the files.
// Every call brings the engine to the present and then looks or acts; one at a time, whatever the
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/jetson/board_files.h"
#include "env/sim/engine.h"
#include "tools/emulator/fault_set.h"
#include "tools/emulator/file_tree.h"
#include "tools/emulator/other_programs.h"

namespace flyball {

// What the tree's files look at and act on.
struct EmulatedState {
  Engine engine;
  Board board;
  PowerMode mode;
  std::optional<double> cpu_floor_hz;  // replaces the mode's own
  BoardFiles files;
  double start_seconds = 0.0;         // monotonic time of the engine's zero
  double speed = 1.0;                 // of the engine's time against it
  Telemetry telemetry;                // what the board shows now
  std::vector<bool> cpu_online = {};  // as the files say; the engine's own stay as they began
  std::vector<double> batch_levels;
  std::size_t latencies_reported = 0;  // of the engine's, by the application's file
};

struct EmulationConfig {
  SimConfig sim;  // its residents are replaced by those that the board ships with
  BoardFiles files;
  std::vector<std::string> modules;  // that the device tree names
  std::uint64_t boot = 0;            // varies what varies from boot to boot (hwmon numbers)
  double speed = 1.0;                // how much faster the board's time goes than ours; above 0
};

class EmulatedBoard {
 public:
  using Clock = std::function<double()>;  // monotonic seconds, ours

  // Throws std::invalid_argument naming the key at fault.
  EmulatedBoard(EmulationConfig config, Clock now_seconds);

  // Brings the engine to the present.
  void advance();
  // Files that fail.
  FaultSet& faults() { return faults_; }
  // A file that fails, or what another program does; also to be set through the file
  // /emulator/faults. Throws std::invalid_argument saying what is wrong and what is allowed.
  void set_fault(std::string_view text);
  // Calls `visit` with the tree, the engine at the present and the telemetry filled.
  template <typename Visit>
  auto with_tree(Visit&& visit) {
    const std::lock_guard lock(mutex_);
    advance_engine();
    state_.engine.fill(state_.telemetry);
    return visit(tree_);
  }
  // No request is left and none will come.
  bool is_finished() const { return state_.engine.is_finished(); }
  const SimTruth& truth() const { return state_.engine.truth(); }

 private:
  void advance_engine();
  void take_fault(std::string_view text);
  FileNode faults_file();

  Clock board_seconds_;  // since the engine's zero, at the board's speed
  std::mutex mutex_;
  FaultSet faults_;
  EmulatedState state_;
  FileTree tree_;
  OtherPrograms others_;
};

// The parts of the tree, one file pair each; `state` must outlive the tree.
void add_cpu_files(FileTree& tree, EmulatedState& state);
void add_gpu_files(FileTree& tree, EmulatedState& state);
void add_emc_files(FileTree& tree, EmulatedState& state);
void add_sensor_files(FileTree& tree, EmulatedState& state, std::uint64_t boot);
void add_application_files(FileTree& tree, EmulatedState& state);

// The resident that the kernel calls `name` on such a domain; null when we have none.
std::unique_ptr<Governor> make_resident(const Board& board, const Domain& domain,
                                        const std::string& name);
// The kernel's name of the resident that the board ships with.
std::string stock_name(const Board& board, DomainKind kind);
// Those of `names` that we have.
std::vector<std::string> available_residents(const std::vector<std::string>& names,
                                             DomainKind kind);

// Takes a CPU offline or back, as its file `online` does. 0 or an error number.
int set_cpu_online(FileTree& tree, int cpu, bool is_online);

// The index of the first domain of a kind. Requires: the board has one.
std::size_t find_domain(const Board& board, DomainKind kind);

// Numbers as the kernel lists them: each followed by a blank.
std::string listed(const std::vector<std::string>& words);

}  // namespace flyball
