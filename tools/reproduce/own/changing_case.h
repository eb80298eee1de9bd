// A scenario whose load changes and the policy that is learned for it: used by `flyball reproduce
// changing` and `ablation`. Free functions, callable from several threads at once.
//
// Learning sees a telemetry log as the board shows it: the stock governors, now and then a random
// setting. Judging uses the simulator's truth on other arrivals, until all work is done.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/training/train_config.h"
#include "agent/training_set.h"
#include "controllers/run_figures.h"
#include "env/sim/scenario.h"

namespace flyball {

struct ChangingCase {
  std::string name;      // the training configuration's
  Scenario scenario;     // that its one simulation names
  TrainConfig training;  // configs/train/NAME.toml
};

// Throws ConfigError, also when the configuration does not simulate exactly one scenario.
ChangingCase load_changing_case(const std::string& name);

// A governor beside the policy.
struct JudgedGovernor {
  std::string name;
  RunFigures figures;   // pooled over the scenario's seeds; `feasible` against its limits
  double saving = 0.0;  // of stock's energy
};

struct ChangingBaseline {
  JudgedGovernor
      best_fixed;       // of pins and caps on all clocks (controllers/evaluation/best_fixed.h)
  std::string setting;  // which one: "cpu at most 1190.4 MHz, gpu 828.75 MHz"
  std::vector<JudgedGovernor> others;  // stock and kernel governors
};

// Throws std::runtime_error when no fixed setting keeps the scenario's limits.
ChangingBaseline measure_baseline(const ChangingCase& which, unsigned threads);

struct ChangingPolicy {
  JudgedGovernor judged;
  double training_seconds = 0.0;  // wall clock, of gradient steps; the log is not counted
};

// Trains on `set` with which.training and judges. Throws Interrupted after Ctrl-C.
ChangingPolicy train_and_judge(const ChangingCase& which, TrainingSet set, std::uint64_t seed);

}  // namespace flyball
