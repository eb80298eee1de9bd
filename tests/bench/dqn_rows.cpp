// Rows dqn_step/REPLAY/ACTIONS/THREADS[/TRANSITIONS] and dqn_step_reference/...: gradient steps of
// the learner as training runs them: draw 256 transitions of 16 floats, double DQN targets, Huber,
// clipping, Adam, soft target update, new priorities. The network is 16-128-64-32 and 1000 joint
// actions, or a branching head of 45 outputs (three knobs of 15 levels; dueling, as by default).
// The reference is the same learner on QNetwork, LibTorch's autograd.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "agent/dqn_learner.h"
#include "agent/networks/fused_network.h"
#include "agent/networks/q_network.h"
#include "replay/prioritized_replay.h"
#include "replay/uniform_replay.h"
#include "tests/bench/bench_agent.h"

namespace flyball {

namespace {

constexpr std::size_t kWidth = 16;

struct StepCase {
  bool is_reference = false;
  bool is_prioritized = true;
  std::size_t outputs = 1000;
  std::size_t threads = 1;
  std::size_t transitions = 100'000;

  std::string name() const {
    const std::string row =
        fmt::format("{}/{}/{}/{}", is_reference ? "dqn_step_reference" : "dqn_step",
                    is_prioritized ? "prioritized" : "uniform", outputs, threads);
    return transitions == 100'000 ? row : fmt::format("{}/{}", row, transitions);
  }
};

QNetworkShape shape_of(const StepCase& step) {
  QNetworkShape shape;
  shape.observation_size = kWidth;
  shape.action_count = step.outputs;
  if (step.outputs == 45) {
    shape.branches = {15, 15, 15};
    shape.action_count = 15 * 15 * 15;
    shape.dueling = true;
  }
  return shape;
}

std::unique_ptr<ReplayBuffer> filled_replay(const StepCase& step, std::size_t actions) {
  const ReplayShape shape{.capacity = step.transitions, .observation_size = kWidth};
  std::unique_ptr<ReplayBuffer> replay;
  if (step.is_prioritized) {
    replay = std::make_unique<PrioritizedReplay>(shape, PriorityConfig{});
  } else {
    replay = std::make_unique<UniformReplay>(shape);
  }
  BenchTransitions transitions(kWidth, actions);
  for (std::size_t i = 0; i < step.transitions; ++i) replay->add(transitions.next());
  return replay;
}

DqnLearner make_learner(const StepCase& step, const QNetworkShape& shape) {
  LearnerParts parts;
  if (step.is_reference) {
    parts.cost = std::make_unique<QNetwork>(shape, QNetworkConfig{}, 1);
  } else {
    const FusedOptions options{.team = std::make_shared<WorkerTeam>(step.threads)};
    parts.cost = std::make_unique<FusedNetwork>(shape, QNetworkConfig{}, 1, options);
  }
  for (std::uint32_t a = 0; a < shape.action_count; ++a) parts.allowed.push_back(a);
  LearnerConfig config;
  config.gamma = 0.99;
  return {config, {}, std::move(parts)};
}

void run(benchmark::State& state, const StepCase& step) {
  set_torch_threads(step.is_reference ? static_cast<int>(step.threads) : 1);
  const QNetworkShape shape = shape_of(step);
  const auto replay = filled_replay(step, shape.action_count);
  DqnLearner learner = make_learner(step, shape);
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) learner.step(*replay, random);
  double loss = 0.0;
  for (auto _ : state) loss = learner.step(*replay, random).cost;
  state.counters["steps_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["loss"] = loss;
  set_torch_threads(1);
}

}  // namespace

void register_dqn_rows() {
  std::vector<StepCase> cases;
  for (const bool is_reference : {false, true}) {
    for (const bool is_prioritized : {true, false}) {
      for (const std::size_t outputs : {1000UL, 45UL}) {
        for (const std::size_t threads : {1UL, 2UL}) {
          cases.push_back({is_reference, is_prioritized, outputs, threads});
        }
      }
    }
  }
  cases.push_back({.transitions = 1'000'000});
  for (const StepCase& step : cases) {
    benchmark::RegisterBenchmark(step.name().c_str(),
                                 [step](benchmark::State& state) { run(state, step); })
        ->UseRealTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace flyball
