// What is learned while it moves, for `flyball reproduce concurrent`: a task, what the agent is
// told of its own delay (an arm of the ablation), and one run of learning. Functions may be called
// from several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/backup.h"
#include "env/environment.h"

namespace flyball {

// An arm of the ablation of Xiao et al. 2020.
struct ConcurrentArm {
  std::string name;
  bool waits = false;  // the world waits while the agent thinks: what concurrent agents are held to
  bool with_previous_action = false;
  bool with_t_as = false;
  bool with_vector_to_go = false;
  Backup backup = Backup::kFullPeriod;
};

// The first one waits, the second one knows nothing, the last one knows everything.
std::vector<ConcurrentArm> concurrent_arms();

struct ConcurrentTask {
  std::string name;
  std::string returns;      // what an episode's return is
  bool is_classic = false;  // in the paper: its verdict is checked and its curves are drawn
  std::function<std::unique_ptr<Environment>(const ConcurrentArm&)> make;
  RewardConfig reward;
  double period_seconds = 0.1;      // H
  double gamma = 0.97;              // per decision
  std::uint64_t decisions = 16000;  // per run
  int evaluations = 10;             // episodes per evaluation
};

ConcurrentTask cart_pole_task();
ConcurrentTask pendulum_task();
// A simulated board under a load that comes and goes, GPU clock; decisions every `period_seconds`.
ConcurrentTask board_task(double period_seconds);

inline constexpr int kCurvePoints = 8;  // evaluations while learning, the last one at the end

struct ConcurrentRun {
  std::vector<double> curve;  // mean returns at 1/8, 2/8, ... of the decisions
};

ConcurrentRun run_concurrent(const ConcurrentTask& task, const ConcurrentArm& arm,
                             std::uint64_t seed);
// The mean return of random decisions, in the arm that knows nothing.
double random_return(const ConcurrentTask& task);

}  // namespace flyball
