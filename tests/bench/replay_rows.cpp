// Rows replay/{add,sample,update}/{flyball,binary} and replay/drift: prioritized replay of a
// million transitions of 16 floats, batches of 256, beside a textbook binary tree.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "env/draw.h"
#include "replay/prioritized_replay.h"
#include "tests/bench/bench_agent.h"
#include "tests/bench/binary_replay.h"

namespace flyball {

namespace {

constexpr std::size_t kCapacity = 1'000'000;
constexpr std::size_t kWidth = 16;
constexpr std::size_t kRows = 256;

std::vector<float> random_errors(std::mt19937_64& random) {
  std::vector<float> errors(kRows);
  for (float& error : errors) error = static_cast<float>(4.0 * draw_unit(random) - 2.0);
  return errors;
}

// Full, and with priorities as training leaves them: spread over orders of magnitude.
template <typename Replay>
void fill(Replay& replay) {
  std::mt19937_64 random(1);
  BenchTransitions transitions(kWidth, 1000);
  for (std::size_t i = 0; i < kCapacity; ++i) replay.add(transitions.next());
}

struct Ours {
  PrioritizedReplay replay{{.capacity = kCapacity, .observation_size = kWidth}, {}};
  TransitionBatch batch;
  std::mt19937_64 random{2};

  void sample() { replay.sample(kRows, random, batch); }
  void update(std::span<const float> errors) { replay.update_priorities(batch.ids, errors); }
};

struct Binary {
  BinaryReplay replay{kCapacity, kWidth};
  BinaryReplay::Batch batch;
  std::mt19937_64 random{2};

  void sample() { replay.sample(kRows, random, batch); }
  void update(std::span<const float> errors) { replay.update_priorities(batch.slots, errors); }
};

// Filled once; every row of the benchmark goes on with it.
template <typename Which>
Which& warm() {
  static const std::unique_ptr<Which> which = [] {
    auto made = std::make_unique<Which>();
    fill(made->replay);
    std::mt19937_64 random(3);
    for (int i = 0; i < 12'000; ++i) {  // nearly every transition has been updated
      made->sample();
      made->update(random_errors(random));
    }
    return made;
  }();
  return *which;
}

template <typename Which>
void add(benchmark::State& state) {
  Which& which = warm<Which>();
  BenchTransitions transitions(kWidth, 1000);
  const Transition transition = transitions.next();
  for (auto _ : state) which.replay.add(transition);
  state.counters["adds_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

template <typename Which>
void sample(benchmark::State& state) {
  Which& which = warm<Which>();
  for (auto _ : state) which.sample();
  state.counters["samples_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// Each update follows a draw of its own, whose time does not count: priorities come back for other
// rows every time.
template <typename Which>
void update(benchmark::State& state) {
  Which& which = warm<Which>();
  std::mt19937_64 random(4);
  const std::vector<float> errors = random_errors(random);
  double seconds = 0.0;
  for (auto _ : state) {
    which.sample();
    const double begin = now_seconds();
    which.update(errors);
    const double taken = now_seconds() - begin;
    state.SetIterationTime(taken);
    seconds += taken;
  }
  state.counters["updates_per_second"] = static_cast<double>(state.iterations()) / seconds;
}

void bytes(benchmark::State& state) {
  Ours& ours = warm<Ours>();
  for (auto _ : state) benchmark::DoNotOptimize(ours.replay.memory_bytes());
  state.counters["bytes_per_transition"] =
      static_cast<double>(ours.replay.memory_bytes()) / static_cast<double>(kCapacity);
}

// 10^8 updates of single priorities; how far the root then is from the sum of the leaves.
void drift(benchmark::State& state) {
  SumTree tree(kCapacity);
  std::mt19937_64 random(5);
  std::vector<std::uint32_t> slots(kRows);
  std::vector<float> priorities(kRows);
  double updates = 0.0;
  for (auto _ : state) {
    while (updates < 1e8) {
      for (std::size_t i = 0; i < kRows; ++i) {
        slots[i] = static_cast<std::uint32_t>(draw_index(random, kCapacity));
        priorities[i] = static_cast<float>(std::pow(draw_unit(random), 6.0));
      }
      tree.set(slots, priorities);
      updates += static_cast<double>(kRows);
    }
  }
  double sum = 0.0;
  for (std::size_t slot = 0; slot < kCapacity; ++slot) sum += static_cast<double>(tree.get(slot));
  state.counters["updates"] = updates;
  state.counters["relative_error"] = std::abs(static_cast<double>(tree.total()) / sum - 1.0);
}

}  // namespace

void register_replay_rows() {
  benchmark::RegisterBenchmark("replay/add/flyball", add<Ours>);
  benchmark::RegisterBenchmark("replay/add/binary", add<Binary>);
  benchmark::RegisterBenchmark("replay/sample/flyball", sample<Ours>);
  benchmark::RegisterBenchmark("replay/sample/binary", sample<Binary>);
  benchmark::RegisterBenchmark("replay/update/flyball", update<Ours>)->UseManualTime();
  benchmark::RegisterBenchmark("replay/update/binary", update<Binary>)->UseManualTime();
  benchmark::RegisterBenchmark("replay/memory/flyball", bytes)->Iterations(1);
  benchmark::RegisterBenchmark("replay/drift/flyball", drift)
      ->Iterations(1)
      ->Unit(benchmark::kSecond);
}

}  // namespace flyball
