// A small policy for tests: board "test-board", knobs cpu (3 levels) and gpu (4 levels).
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "policies/policy_file.h"

namespace flyball {

inline Tensor random_tensor(std::vector<std::size_t> shape, std::mt19937_64& random) {
  Tensor tensor;
  std::size_t count = 1;
  for (const std::size_t size : shape) count *= size;
  tensor.shape = std::move(shape);
  std::normal_distribution<float> normal(0.0F, 0.5F);
  for (std::size_t i = 0; i < count; ++i) tensor.values.push_back(normal(random));
  return tensor;
}

// Adds the layers inputs -> widths... as the network `name`.
inline void add_network(PolicyFile& file, const std::string& name, std::size_t inputs,
                        const std::vector<std::size_t>& widths, std::mt19937_64& random) {
  for (std::size_t l = 0; l < widths.size(); ++l) {
    const std::string layer = name + "." + std::to_string(l);
    file.tensors[layer + ".weight"] = random_tensor({widths[l], inputs}, random);
    file.tensors[layer + ".bias"] = random_tensor({widths[l]}, random);
    inputs = widths[l];
  }
}

// Everything supported; no networks yet.
inline PolicyMetadata sample_metadata() {
  PolicyMetadata metadata;
  metadata.board = "test-board";
  metadata.knobs = {{"cpu", {1e8, 2e8, 3e8}, false}, {"gpu", {1e8, 2e8, 4e8, 8e8}, false}};
  metadata.encoder.period_seconds = 0.5;
  metadata.support.assign(12, 1);
  metadata.provenance = {{"a.csv", "b.csv"}, true, 7, "0.1.0", "closed loop"};
  return metadata;
}

// With a smooth head on "cost" and a plain "constraint" on the latency.
inline PolicyFile sample_policy(std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  PolicyFile file;
  file.metadata = sample_metadata();
  file.metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.4, 0.99};
  file.metadata.cost_head = Head::kSmooth;
  file.metadata.cost_output = {3.0, 0.5, false};
  file.metadata.constraint_output = {0.2, 0.5, true};
  const std::size_t inputs = observation_names(file.metadata).size();
  add_network(file, "cost", inputs, {16, 6}, random);
  file.tensors["cost.phi"] = random_tensor({12, 6}, random);
  add_network(file, "constraint", inputs, {16, 12}, random);
  return file;
}

// `members` different networks for each of cost and constraint, both with smooth heads.
inline PolicyFile ensemble_policy(std::size_t members) {
  std::mt19937_64 random(5);
  PolicyFile file;
  file.metadata = sample_metadata();
  file.metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.4, 0.99};
  file.metadata.cost_head = file.metadata.constraint_head = Head::kSmooth;
  file.metadata.members = members;
  const std::size_t inputs = observation_names(file.metadata).size();
  for (const char* network : {"cost", "constraint"}) {
    for (std::size_t member = 0; member < members; ++member) {
      const std::string name = member_name(network, member);
      add_network(file, name, inputs, {6}, random);
      file.tensors[name + ".phi"] = random_tensor({12, 6}, random);
    }
  }
  return file;
}

// Networks 16-128-64-32-1000 for cost and constraint.
inline PolicyFile thousand_action_policy() {
  std::mt19937_64 random(1);
  PolicyFile file;
  file.metadata = sample_metadata();
  std::vector<double> levels;
  for (int i = 1; i <= 10; ++i) levels.push_back(1e8 * i);
  file.metadata.knobs = {{"cpu", levels, false}, {"gpu", levels, false}, {"emc", levels, false}};
  file.metadata.encoder.with_queue = true;
  file.metadata.encoder.with_arrivals = true;
  file.metadata.encoder.with_eta = true;
  file.metadata.support.assign(1000, 1);
  file.metadata.constraint = ConstraintLimit{ConstraintKind::kLatency, 1.4, 1.0};
  const std::size_t inputs = observation_names(file.metadata).size();
  add_network(file, "cost", inputs, {128, 64, 32, 1000}, random);
  add_network(file, "constraint", inputs, {128, 64, 32, 1000}, random);
  return file;
}

}  // namespace flyball
