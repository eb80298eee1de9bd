// What the governor "fine-tuning" knows of a board beforehand: what a sweep shows of every setting,
// and what co-runs show of inference beside training. Found on the simulated board, without noise,
// as a user would find it on a real one. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "controllers/corun_predictor.h"
#include "controllers/fine_tuning_governor.h"
#include "env/model/work_model.h"
#include "env/sim/sim_config.h"

namespace flyball {

// Operations as GPU cycles at work, intensity as these per memory cycle at work; of `requests` at
// the board's highest clocks, `work_factor` times for a minibatch. From the activities that the
// work model shows, so that a measured board gives them as well.
struct WorkFeatures {
  double work = 1.0;
  double intensity = 1.0;
};
WorkFeatures work_features(const Board& board, const WorkModel& model, std::size_t requests,
                           double work_factor = 1.0);

// Of a batch of that many requests beside the config's minibatches. Requires: config.fine_tuning.
CorunFeatures corun_features(const SimConfig& config, std::size_t batch);

// Mean latency of batches, one after the other, beside minibatches without end, over that without;
// at the highest clocks. Requires: config.fine_tuning.
double simulated_slowdown(const SimConfig& config, std::size_t batch);

// Every setting of these clocks, each at ten levels evenly between its ends at most.
// Requires: config.fine_tuning.
std::vector<ServingRow> serving_rows(const SimConfig& config, std::span<const std::string> clocks);

// The rows for the clocks among `knobs`, and a predictor of the config's own pair of workloads.
// Throws std::invalid_argument where the config is not fine-tuned or `knobs` lack the knob.
FineTuningPlan make_fine_tuning_plan(const SimConfig& config, std::span<const std::string> knobs);

}  // namespace flyball
