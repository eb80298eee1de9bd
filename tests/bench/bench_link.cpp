// What reporting a request costs an application, and what reading costs the daemon. Not a test.
//
//   bench_link [--benchmark_filter=REGEX] [--benchmark_format=json]
//
// begin_end/threads:N: one request from begin to end on each of N threads, both calls together;
// half of it is the time of one call. clock: what two readings of the clock take of that.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <filesystem>

#include "env/jetson/link/application_link.h"
#include "env/jetson/link/training_file.h"
#include "tests/env/jetson/link/link_bench.h"

namespace flyball {

namespace {

LinkBench& bench() {
  static LinkBench bench;
  return bench;
}

FlyballLink* link() {
  static LinkPointer link = bench().open(0.1, {1, 2, 4, 8});
  return link.get();
}

void begin_end(benchmark::State& state) {
  FlyballLink* const reported = link();
  for (auto _ : state) {
    FlyballRequest request = flyball_begin(reported, 0);
    flyball_end(reported, &request);
  }
}
BENCHMARK(begin_end)->Threads(1)->Threads(2)->UseRealTime();

void clock_twice(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(flyball_now_ns() + flyball_now_ns());
}
BENCHMARK(clock_twice)->Name("clock");

void recommended_batch(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(flyball_recommended_batch(link()));
}
BENCHMARK(recommended_batch);

// With a permission to be read, or none at all.
void may_train(benchmark::State& state) {
  static_cast<void>(link());
  TrainingFile file(bench().root());
  if (state.range(0) != 0 && file.allow(1e9, 1.0)) state.SkipWithError("not written");
  while (state.KeepRunning()) benchmark::DoNotOptimize(flyball_may_train(link(), 0.01));
}
BENCHMARK(may_train)->ArgName("allowed")->Arg(0)->Arg(1);

void read_link(benchmark::State& state) {
  static_cast<void>(link());
  ApplicationLink reader(bench().root(), 1.0);
  Stamped<ApplicationTelemetry> telemetry;
  for (auto _ : state) {
    if (reader.read(steady_now(), telemetry)) state.SkipWithError("not read");
  }
}
BENCHMARK(read_link)->Name("read");

}  // namespace

}  // namespace flyball

BENCHMARK_MAIN();
