// What other programs on the board do to the same files meanwhile, played at their time.
//
//   nvpmodel=ID[@SECONDS]               another mode: its CPUs, the clocks' limits, the status file
//   cpuN=offline[@SECONDS]              a CPU goes, as by its file `online`; cpuN=online: is back
//   jetson_clocks=on[@SECONDS]          every CPU and the GPU held at the highest of the mode
//   jetson_clocks=restore[@SECONDS]     the limits of before
//   FILE=writes:VALUE:EVERY[@SECONDS]   somebody insists: VALUE again and again; FILE=ok ends it
//
// FILE is a path or the end of one. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/emulator/file_tree.h"

namespace flyball {

struct EmulatedState;

class OtherPrograms {
 public:
  // Both must outlive this object. Adds nvpmodel's status and configuration to the tree.
  OtherPrograms(FileTree& tree, EmulatedState& state);

  // Whether `text` is one of the above, well written or not.
  static bool knows(std::string_view text);
  // Throws std::invalid_argument saying what is wrong. SECONDS count from the mount.
  void set(std::string_view text);
  // Whoever writes the file does so no longer.
  void end(std::string_view file);
  // What is still to come, or goes on: one line each, as it was set.
  std::string text() const;

  // Does what is due at so many seconds since the mount.
  void play(double now_seconds);

 private:
  enum class Kind { kNvpmodel, kJetsonClocks, kRestore, kCpu, kWriter };
  struct Act {
    std::string text;
    Kind kind = Kind::kWriter;
    int mode = 0;
    int cpu = 0;
    std::string file;  // of a writer, as it was told
    std::string path;
    std::string value;
    double every_seconds = 0.0;
    double due_seconds = 0.0;
  };
  struct Limits {
    std::string min_path;
    std::string max_path;
    std::string min;
    std::string max;
  };

  Act parse(std::string_view text) const;
  void act(const Act& act);
  void set_mode(int id);
  void hold_clocks();
  void restore_clocks();
  std::vector<std::pair<std::size_t, Limits>> limit_files() const;  // by domain
  void write_limits(const Limits& limits);

  FileTree& tree_;
  EmulatedState& state_;
  std::vector<Act> acts_;
  std::vector<Limits> before_clocks_;  // of jetson_clocks
};

}  // namespace flyball
