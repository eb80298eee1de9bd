// A policy made by hand that looks at the queue alone: good or broken as a test wants it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controllers/evaluation/evaluation.h"
#include "env/sim/sim_plant.h"
#include "policies/policy_file.h"

namespace flyball {

inline Tensor zeros(std::vector<std::size_t> shape) {
  std::size_t count = 1;
  for (const std::size_t size : shape) count *= size;
  return {std::move(shape), std::vector<float>(count, 0.0F)};
}

// The fastest clocks where it predicts that those who wait cost more than the clocks do: `scale` is
// what its prediction of waiting is multiplied by; 0: it never sees anybody wait.
inline std::shared_ptr<const PolicyFile> queue_policy(const EvaluationPlan& plan, double scale) {
  PolicyFile file;
  const SimPlant board(plan.configs.front());
  std::size_t actions = 1;
  for (const Knob& knob : board.description().knobs) {
    if (knob.name != "cpu" && knob.name != "gpu") continue;
    file.metadata.knobs.push_back({knob.name, knob.levels, false});
    actions *= knob.levels.size();
  }
  file.metadata.board = board.description().board;
  file.metadata.encoder.period_seconds = plan.loop.period_seconds;
  file.metadata.encoder.with_queue = true;
  file.metadata.support.assign(actions, 1);
  const std::vector<std::string> inputs = observation_names(file.metadata);
  const auto queue = std::find(inputs.begin(), inputs.end(), "queue") - inputs.begin();
  Tensor& weights = file.tensors["cost.0.weight"] = zeros({actions, inputs.size()});
  Tensor& bias = file.tensors["cost.0.bias"] = zeros({actions});
  for (std::size_t a = 0; a < actions; ++a) {
    const double speed = static_cast<double>(a) / static_cast<double>(actions);
    bias.values[a] = static_cast<float>(0.1 * speed);
    const std::size_t at = a * inputs.size() + static_cast<std::size_t>(queue);
    weights.values[at] = static_cast<float>(-scale * speed);
  }
  return std::make_shared<const PolicyFile>(file);
}

}  // namespace flyball
