// One policy for every preference and power mode, measured point by point against the best fixed
// setting for that point: what `flyball reproduce front` is made of. Free functions, callable from
// several threads at once.
//
// Learning sees telemetry logs of the stock governors with random settings, in modes drawn at
// random. Judging uses the simulator's truth: the same closed-loop work for stock, for every fixed
// setting of the mode, and for the policy asked for that point.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/training/train_config.h"
#include "controllers/evaluation/static_oracle.h"
#include "controllers/run_figures.h"
#include "env/sim/scenario.h"
#include "policies/policy_file.h"
#include "policies/preference.h"

namespace flyball {

// A board's closed loop, the modes it may be in and how policies for all of them are trained.
struct FrontBoard {
  std::string name;
  Scenario scenario;
  TrainConfig training;
  std::vector<int> modes;
  double log_seconds = 7200.0;  // simulated, per mode
  double random_share = 0.2;    // of the log, under random settings
};

// What a mode comes to; independent of any policy.
struct FrontMode {
  int mode = 0;
  std::string name;  // of the mode
  Scenario scenario;
  RunFigures stock;
  std::vector<OraclePoint> settings;  // every one that the mode allows
};

FrontMode measure_mode(const FrontBoard& board, int mode, unsigned threads);

// The log of `seed` and the policy learned from it. Throws Interrupted.
std::shared_ptr<const PolicyFile> train_front_policy(const FrontBoard& board, std::uint64_t seed);

// What is asked for.
struct FrontPoint {
  double eta = 1.0;
  double limit_factor = 2.0;  // of stock's mean latency in the mode
};

// Cost: eta E / E_ref + (1 - eta) L / L_ref per request, with the references of the policy's file.
struct FrontResult {
  double oracle_saving = 0.0;     // of stock's cost, by the best fixed setting under the limit
  double regret = 0.0;            // the policy's cost above the oracle's, as a share of stock's
  double margin_price = 0.0;      // what the policy's margin costs the oracle, likewise
  double latency_of_limit = 0.0;  // true mean latency / limit
  double energy = 0.0;            // of stock's; and so are the next ones
  double latency = 0.0;
  double oracle_energy = 0.0;
  double oracle_latency = 0.0;
};

// The cheapest of the mode's settings under the limit. Throws std::runtime_error if there is none.
const RunFigures& best_setting(const FrontMode& mode, const RewardConfig& reward,
                               double limit_seconds);

FrontResult judge_point(const FrontMode& mode, const FrontPoint& point, const PolicyFile& policy);

}  // namespace flyball
