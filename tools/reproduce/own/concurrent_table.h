// `flyball reproduce concurrent`: what knowing one's own delay is worth (Xiao et al., ICLR 2020).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "tools/reproduce/common/effort.h"
#include "tools/reproduce/common/reproduction_table.h"
#include "tools/reproduce/own/concurrent_task.h"

namespace flyball {

struct ConcurrentOptions {
  Effort effort = Effort::kAll;
  unsigned threads = 2;                       // the figures do not depend on them
  std::optional<std::filesystem::path> plot;  // SVG of the learning curves
};

// 10 seeds of all tasks; quick: 3 seeds of the classics. Learns CartPole, Pendulum and a simulated
// board under every arm of the ablation. Scores: 0 is what random decisions come to, 100 what the
// agent comes to whose world waits. Throws DataError when the plot cannot be written, Interrupted.
void reproduce_concurrent(const ConcurrentOptions& options, ReproductionTable& table);

// The same of other tasks and as many seeds; options.effort is not looked at.
void compare_arms(const std::vector<ConcurrentTask>& tasks, std::uint64_t seeds,
                  const ConcurrentOptions& options, ReproductionTable& table);

}  // namespace flyball
