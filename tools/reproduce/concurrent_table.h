// `flyball reproduce concurrent`: what knowing one's own delay is worth (Xiao et al., ICLR 2020).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "tools/reproduce/concurrent_task.h"
#include "tools/reproduce/reproduction_table.h"

namespace flyball {

enum class ConcurrentEffort : std::uint8_t {
  kQuick,  // 3 seeds of the classics
  kAll,    // 10 seeds of all tasks
};

struct ConcurrentOptions {
  ConcurrentEffort effort = ConcurrentEffort::kAll;
  unsigned threads = 2;                       // the figures do not depend on them
  std::optional<std::filesystem::path> plot;  // SVG of the learning curves
};

// Learns CartPole, Pendulum and a simulated board under every arm of the ablation. Scores: 0 is
// what random decisions come to, 100 what the agent comes to whose world waits. Throws InputError
// when the plot cannot be written, CommandError when interrupted.
void reproduce_concurrent(const ConcurrentOptions& options, ReproductionTable& table);

// The same of other tasks and as many seeds; options.effort is not looked at.
void compare_arms(const std::vector<ConcurrentTask>& tasks, std::uint64_t seeds,
                  const ConcurrentOptions& options, ReproductionTable& table);

}  // namespace flyball
