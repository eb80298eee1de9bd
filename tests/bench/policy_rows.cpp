// Rows policy/HEAD/ACTIONS/{flyball,torch}: one decision for one observation; the median and the
// 99th percentile of single decisions as counters. `torch` is LibTorch in InferenceMode computing
// the values alone (QNetwork::predict on one row), without the search for the cheapest.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/action_features.h"
#include "agent/networks/q_network.h"
#include "policies/dense_policy.h"
#include "tests/bench/bench_agent.h"
#include "tests/support/sample_policy.h"

namespace flyball {

namespace {

std::vector<Knob> three_knobs(std::size_t levels) {
  std::vector<double> table;
  for (std::size_t i = 1; i <= levels; ++i) table.push_back(1e8 * static_cast<double>(i));
  return {{.name = "cpu", .levels = table, .domains = {0}},
          {.name = "gpu", .levels = table, .domains = {1}},
          {.name = "emc", .levels = table, .domains = {2}}};
}

// The network 16-128-64-32 with a head over 10 x 10 x 10 actions, and the file it is saved as.
struct PaperPolicy {
  PolicyFile file;
  std::unique_ptr<QNetwork> network;

  explicit PaperPolicy(Head head) {
    const std::vector<Knob> knobs = three_knobs(10);
    PolicyMetadata& metadata = file.metadata;
    metadata = sample_metadata();
    metadata.knobs.clear();
    for (const Knob& knob : knobs) metadata.knobs.push_back({knob.name, knob.levels, false});
    metadata.encoder.with_queue = true;
    metadata.encoder.with_arrivals = true;
    metadata.encoder.with_eta = true;
    metadata.support.assign(1000, 1);
    metadata.cost_head = head;
    QNetworkShape shape;
    shape.observation_size = observation_names(metadata).size();
    shape.action_count = 1000;
    if (head == Head::kSmooth) shape.phi = action_features(knobs, 3, {});
    if (head == Head::kBranching) shape.branches = {10, 10, 10};
    network = std::make_unique<QNetwork>(shape, QNetworkConfig{}, 1);
    file.tensors = network->tensors("cost");
  }
};

void measure(benchmark::State& state, std::size_t inputs,
             const std::function<void(std::span<const float>)>& decide) {
  std::mt19937_64 random(1);
  std::vector<float> observation(inputs);
  std::vector<double> micros;
  for (auto _ : state) {
    for (float& value : observation) value = static_cast<float>(draw_unit(random));
    const double begin = now_seconds();
    decide(observation);
    const double taken = now_seconds() - begin;
    state.SetIterationTime(taken);
    micros.push_back(1e6 * taken);
  }
  std::sort(micros.begin(), micros.end());
  state.counters["inputs"] = static_cast<double>(inputs);
  state.counters["p50_us"] = micros[micros.size() / 2];
  state.counters["p99_us"] = micros[micros.size() * 99 / 100];
}

void flyball_decides(benchmark::State& state, Head head) {
  DensePolicy policy(PaperPolicy(head).file);
  measure(state, policy.observation_size(), [&policy](std::span<const float> observation) {
    benchmark::DoNotOptimize(policy.decide(observation));
  });
}

void torch_decides(benchmark::State& state, Head head) {
  const PaperPolicy paper(head);
  std::vector<float> values(1000);
  const std::size_t inputs = observation_names(paper.file.metadata).size();
  measure(state, inputs, [&](std::span<const float> observation) {
    paper.network->predict(observation, values);
    benchmark::DoNotOptimize(values.data());
  });
}

}  // namespace

void register_policy_rows() {
  for (const Head head : {Head::kJoint, Head::kSmooth, Head::kBranching}) {
    const std::string name = fmt::format("policy/{}/1000", to_string(head));
    const auto add = [&](const char* who, void (*run)(benchmark::State&, Head)) {
      benchmark::RegisterBenchmark(fmt::format("{}/{}", name, who).c_str(),
                                   [run, head](benchmark::State& state) { run(state, head); })
          ->UseManualTime()
          ->Iterations(20'000)
          ->Unit(benchmark::kMicrosecond);
    };
    add("flyball", flyball_decides);
    add("torch", torch_decides);
  }
}

}  // namespace flyball
